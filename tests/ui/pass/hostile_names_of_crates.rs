#![deny(warnings)]
#![allow(dead_code, unused_variables)]

#[allow(unused_imports)]
mod contract {
    mod std {}
    mod core {}
    mod restate_core {}

    #[::restate_core::workflow]
    pub trait Signup {
        async fn run(
            &self,
            ctx: ::restate_core::WorkflowContext<'_>,
        ) -> ::restate_core::HandlerResult<()>;
    }
}

fn main() {}

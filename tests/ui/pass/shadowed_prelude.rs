#![deny(warnings)]
#![allow(dead_code, unused_variables)]

#[allow(unused_imports, unused_macros, non_camel_case_types)]
mod contract {
    type Result = ();
    type Option = ();
    type Box = ();
    fn drop() {}
    macro_rules! unreachable {
        () => {};
    }

    #[restate_core::object(key = "counter_id")]
    pub trait Counter {
        async fn add(
            &self,
            ctx: ::restate_core::ObjectContext<'_>,
            request: super::Add,
        ) -> ::restate_core::HandlerResult<u64>;
    }
}

pub use restate_ui::AddRequest as Add;

fn main() {}

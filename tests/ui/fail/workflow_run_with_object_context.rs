use restate_core::{HandlerResult, ObjectContext};

#[restate_core::workflow]
pub trait Greeter {
    async fn run(&self, ctx: ObjectContext<'_>) -> HandlerResult<()>;
}

fn main() {}

use restate_core::{HandlerResult, ObjectContext};

#[restate_core::service]
pub trait Greeter {
    async fn greet(&self, ctx: ObjectContext<'_>) -> HandlerResult<()>;
}

fn main() {}

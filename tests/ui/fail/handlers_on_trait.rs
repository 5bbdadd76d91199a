use restate_core::{Context, HandlerResult};

#[restate_core::handlers]
pub trait Greeter {
    async fn greet(&self, ctx: Context<'_>) -> HandlerResult<()>;
}

fn main() {}

use restate_core::{Context, HandlerResult};

#[restate_core::service]
pub trait Greeter {
    async fn greet(&self, ctx: Context<'_>) -> HandlerResult<()>;
    async fn greet(&self, ctx: Context<'_>, name: String) -> HandlerResult<()>;
}

fn main() {}

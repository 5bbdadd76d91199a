use restate_core::{Context, HandlerResult};

#[restate_core::service]
pub trait Greeter {
    async fn greet(&self, ctx: Context<'_>) -> HandlerResult<String>;
    #[handler(name = "greet")]
    async fn welcome(&self, ctx: Context<'_>) -> HandlerResult<String>;
}

fn main() {}

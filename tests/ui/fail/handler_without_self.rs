use restate_core::{Context, HandlerResult};

#[restate_core::service]
pub trait Greeter {
    async fn greet(ctx: Context<'_>) -> HandlerResult<()>;
}

fn main() {}

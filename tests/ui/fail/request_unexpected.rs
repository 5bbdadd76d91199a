// Instead: `client.ping()`, as the contract has no request there
use restate_core::{Context, HandlerResult};

#[restate_core::service]
pub trait Greeter {
    async fn ping(&self, ctx: Context<'_>) -> HandlerResult<()>;
}

async fn handler(ctx: Context<'_>) -> HandlerResult<()> {
    Ok(GreeterClient::new(ctx).ping("Pete").await?)
}
fn main() {}

//! A mistake in a contract is not repeated where the contract is used.

use restate_core::{Context, HandlerResult};

#[restate_core::service]
pub trait Greeter {
    async fn greet(&self, ctx: Context<'_>) -> HandlerResult<()>;

    // Handler that is not async, of a service in use
    fn wave(&self, ctx: Context<'_>) -> HandlerResult<()>;
}

impl Greeter for () {
    async fn greet(&self, _: Context<'_>) -> HandlerResult<()> { Ok(()) }
    fn wave(&self, _: Context<'_>) -> HandlerResult<()> { Ok(()) }
}

async fn handler(ctx: Context<'_>) -> HandlerResult<()> {
    Ok(GreeterClient::new(ctx).greet().await?)
}

fn main() {
    GreeterServer::new(());
}

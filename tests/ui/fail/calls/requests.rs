//! A call takes the request that the contract names, by value.

use restate_core::{Context, HandlerResult};
use restate_ui::{GreetRequest, GreeterClient};

// Borrowed request
// Instead: a request by value; `.clone()` it to send it twice
async fn borrowed(client: GreeterClient<Context<'_>>) -> HandlerResult<()> {
    let request = GreetRequest::default();
    client.greet(&request).await?;
    Ok(())
}

// No request
// Instead: `client.greet(GreetRequest { .. })`
async fn missing(client: GreeterClient<Context<'_>>) -> HandlerResult<()> {
    client.greet().await?;
    Ok(())
}

// Request of another type
// Instead: the request that the contract names: `GreetRequest { name: "Pete".into() }`
async fn other_type(client: GreeterClient<Context<'_>>) -> HandlerResult<()> {
    client.greet("Pete").await?;
    Ok(())
}

#[restate_core::service]
pub trait Liveness {
    async fn ping(&self, ctx: Context<'_>) -> HandlerResult<()>;
}

// Request for a handler that takes none
// Instead: `client.ping()`
async fn unexpected(client: LivenessClient<Context<'_>>) -> HandlerResult<()> {
    client.ping("Pete").await?;
    Ok(())
}

fn main() {}

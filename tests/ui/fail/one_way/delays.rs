//! A delay is a `Duration`.

use restate_core::{Context, HandlerResult};
use restate_ui::{GreetRequest, GreeterClient};

// Delayed with a number
// Instead: `Duration::from_millis(5000)`
async fn number(client: GreeterClient<Context<'_>>) -> HandlerResult<()> {
    client.greet(GreetRequest::default()).delayed(5000).await?;
    Ok(())
}

// Delayed call with a number
// Instead: `Duration::from_millis(5000)`
async fn of_context(ctx: Context<'_>, client: GreeterClient<Context<'_>>) -> HandlerResult<()> {
    ctx.delayed_call(client.greet(GreetRequest::default()), 5000).await?;
    Ok(())
}

// Delayed call without a delay
// Instead: `ctx.delayed_call(call, Duration::from_secs(5))`, or `ctx.one_way_call(call)` for now
async fn missing(ctx: Context<'_>, client: GreeterClient<Context<'_>>) -> HandlerResult<()> {
    ctx.delayed_call(client.greet(GreetRequest::default())).await?;
    Ok(())
}

fn main() {}

//! Only one call of a generated client can be sent one-way or delayed, not a future.

use std::{future::ready, time::Duration};
use restate_core::{Context, HandlerResult};
use restate_ui::{GreetRequest, GreeterClient};

// One-way call of an async block
async fn async_block(ctx: Context<'_>) -> HandlerResult<()> {
    ctx.one_way_call(async { println!("done in the background?") }).await?;
    Ok(())
}

// One-way call of an async closure
async fn async_closure(ctx: Context<'_>) -> HandlerResult<()> {
    let client = GreeterClient::new(ctx);
    ctx.one_way_call(async || client.greet(GreetRequest::default()).await).await?;
    Ok(())
}

// One-way call of an async function
async fn async_function(ctx: Context<'_>) -> HandlerResult<()> {
    async fn tidy_up() {}
    ctx.one_way_call(tidy_up()).await?;
    Ok(())
}

// One-way call of a closure without a call
// Instead: a handler that does the work: `ctx.one_way_call(client.tidy_up(request))`
async fn closure(ctx: Context<'_>) -> HandlerResult<()> {
    ctx.one_way_call(|| println!("done in the background?")).await?;
    Ok(())
}

// Delayed call of an async block
async fn delayed_async_block(ctx: Context<'_>) -> HandlerResult<()> {
    ctx.delayed_call(async { 7 }, Duration::from_secs(5)).await?;
    Ok(())
}

// Delayed call of a future
async fn delayed_future(ctx: Context<'_>) -> HandlerResult<()> {
    ctx.delayed_call(ready(1), Duration::from_secs(5)).await?;
    Ok(())
}

fn main() {}

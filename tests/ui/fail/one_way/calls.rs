//! A call can be sent one-way or delayed once, by the context that its client was made from.

use std::time::Duration;
use restate_core::{Channel, Context, HandlerResult};
use restate_ui::{GreetRequest, GreeterClient};

// One-way call of a call already made
async fn made(ctx: Context<'_>, client: GreeterClient<Context<'_>>) -> HandlerResult<()> {
    ctx.one_way_call(client.greet(GreetRequest::default()).call()).await?;
    Ok(())
}

// One-way call of a one-way call
async fn one_way(ctx: Context<'_>, client: GreeterClient<Context<'_>>) -> HandlerResult<()> {
    ctx.one_way_call(ctx.one_way_call(client.greet(GreetRequest::default()))).await?;
    Ok(())
}

// One-way call of a response
async fn response(ctx: Context<'_>, client: GreeterClient<Context<'_>>) -> HandlerResult<()> {
    ctx.one_way_call(client.greet(GreetRequest::default()).await?).await?;
    Ok(())
}

// One-way call of two calls
async fn two(ctx: Context<'_>, client: GreeterClient<Context<'_>>) -> HandlerResult<()> {
    let request = GreetRequest::default();
    ctx.one_way_call((client.greet(request.clone()), client.greet(request))).await?;
    Ok(())
}

// Delayed call of a one-way call
async fn delayed(ctx: Context<'_>, client: GreeterClient<Context<'_>>) -> HandlerResult<()> {
    let call = client.greet(GreetRequest::default());
    ctx.delayed_call(call.one_way(), Duration::from_secs(5)).await?;
    Ok(())
}

// One-way call of a client from outside
async fn outside<C: Channel>(ctx: Context<'_>, outside: GreeterClient<C>) -> HandlerResult<()> {
    ctx.one_way_call(outside.greet(GreetRequest::default())).await?;
    Ok(())
}

fn main() {}

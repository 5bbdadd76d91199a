//! The result of a run step is journaled as a whole, so nothing inside it is durable by itself.

use std::time::Duration;
use restate_core::{Context, HandlerResult, handlers};
use restate_ui::{GreetRequest, GreeterClient};

async fn pause(ctx: Context<'_>) -> HandlerResult<()> { ctx.now().await?; Ok(()) }

struct Polite;

#[handlers]
impl Polite {
    // Call inside a run step
    async fn call(&self, ctx: Context<'_>) -> HandlerResult<()> {
        let client = GreeterClient::new(ctx);
        ctx.run(|| async { Ok(client.greet(GreetRequest::default()).await?) }).await?;
        Ok(())
    }

    // Client made inside a run step
    async fn client(&self, ctx: Context<'_>) -> HandlerResult<()> {
        ctx.run(|| async { GreeterClient::new(ctx).greet(GreetRequest::default()).await?; Ok(()) }).await?;
        Ok(())
    }

    // Sleep inside a run step
    async fn sleep(&self, ctx: Context<'_>) -> HandlerResult<()> {
        ctx.run(|| async { Ok(ctx.sleep(Duration::from_secs(5)).await?) }).await?;
        Ok(())
    }

    // Sleep awaited inside a run step
    async fn awaited(&self, ctx: Context<'_>) -> HandlerResult<()> {
        let sleep = ctx.sleep(Duration::from_secs(5));
        ctx.run(|| async { Ok(sleep.await?) }).await?;
        Ok(())
    }

    // Context passed to a function inside a run step
    async fn helper(&self, ctx: Context<'_>) -> HandlerResult<()> {
        ctx.run(|| async { Ok(pause(ctx).await?) }).await?;
        Ok(())
    }

    // Run step inside a run step
    async fn run(&self, ctx: Context<'_>) -> HandlerResult<()> {
        ctx.run(|| async { Ok(ctx.run(|| async { Ok(1) }).await?) }).await?;
        Ok(())
    }
}

fn main() {}

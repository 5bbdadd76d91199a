//! A run step takes a closure that returns a future of a result.

use restate_core::{Context, HandlerResult};

// Run step of an async block
// Instead: a closure: `ctx.run(|| async { Ok(1) })`
async fn async_block(ctx: Context<'_>) -> HandlerResult<()> {
    ctx.run(async { Ok(1) }).await?;
    Ok(())
}

// Run step without a future
// Instead: a closure that returns a future: `ctx.run(|| async { Ok(1) })`
async fn without_future(ctx: Context<'_>) -> HandlerResult<()> {
    ctx.run(|| Ok(1)).await?;
    Ok(())
}

// Run step without a result
// Instead: a closure that can fail: `ctx.run(|| async { Ok(1) })`
async fn without_result(ctx: Context<'_>) -> HandlerResult<()> {
    ctx.run(|| async { 1 }).await?;
    Ok(())
}

fn main() {}

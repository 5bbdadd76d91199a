//! Only one call of a generated client can be sent one-way, not another durable operation.

use std::time::Duration;
use restate_core::{Context, HandlerResult, ObjectContext};

// One-way call of an awakeable
async fn awakeable(ctx: Context<'_>) -> HandlerResult<()> {
    ctx.one_way_call(ctx.awakeable::<String>()).await?;
    Ok(())
}

// One-way call of a run step
async fn run(ctx: Context<'_>) -> HandlerResult<()> {
    ctx.one_way_call(ctx.run(|| async { Ok(1) })).await?;
    Ok(())
}

// One-way call of a sleep
async fn sleep(ctx: Context<'_>) -> HandlerResult<()> {
    ctx.one_way_call(|| ctx.sleep(Duration::from_secs(1))).await?;
    Ok(())
}

// One-way call of state
async fn state(ctx: ObjectContext<'_>) -> HandlerResult<()> {
    ctx.one_way_call(ctx.get::<i64>("count")).await?;
    Ok(())
}

// One-way call of state that is written
async fn state_written(ctx: ObjectContext<'_>) -> HandlerResult<()> {
    ctx.one_way_call(ctx.set("count", 7)).await?;
    Ok(())
}

fn main() {}

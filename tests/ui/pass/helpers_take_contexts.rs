#![deny(warnings)]
#![allow(dead_code, unused_variables)]

use restate_core::{Context, HandlerResult, ObjectContext, SharedObjectContext, WorkflowContext};

async fn pause(ctx: Context<'_>) -> HandlerResult<()> {
    Ok(ctx.sleep(std::time::Duration::from_secs(1)).await?)
}

async fn count(ctx: &SharedObjectContext<'_>) -> HandlerResult<i64> {
    Ok(ctx.get("count").await?.unwrap_or_default())
}

async fn add(ctx: ObjectContext<'_>, amount: i64) -> HandlerResult<()> {
    pause(**ctx).await?;
    ctx.set("count", count(&ctx).await? + amount);
    Ok(())
}

async fn run(ctx: WorkflowContext<'_>) -> HandlerResult<()> {
    add(*ctx, 7).await?;
    ctx.promise("done").resolve(()).await?;
    Ok(())
}

fn main() {}

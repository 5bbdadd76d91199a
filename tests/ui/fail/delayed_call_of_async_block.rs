use std::time::Duration;
use restate_core::{Context, HandlerResult};

async fn handler(ctx: Context<'_>) -> HandlerResult<()> {
    ctx.delayed_call(async { 7 }, Duration::from_secs(5)).await?;
    Ok(())
}

fn main() {}

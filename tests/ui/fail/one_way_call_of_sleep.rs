use std::time::Duration;
use restate_core::{Context, HandlerResult};

async fn handler(ctx: Context<'_>) -> HandlerResult<()> {
    ctx.one_way_call(|| ctx.sleep(Duration::from_secs(1))).await?;
    Ok(())
}

fn main() {}

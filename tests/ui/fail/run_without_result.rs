// Instead: a closure that can fail: `ctx.run(|| async { Ok(1) })`
use restate_core::{Context, HandlerResult};

async fn handler(ctx: Context<'_>) -> HandlerResult<()> {
    ctx.run(|| async { 1 }).await?;
    Ok(())
}

fn main() {}

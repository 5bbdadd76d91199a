// Instead: a closure that returns a future: `ctx.run(|| async { Ok(1) })`
use restate_core::{Context, HandlerResult};

async fn handler(ctx: Context<'_>) -> HandlerResult<()> {
    ctx.run(|| Ok(1)).await?;
    Ok(())
}

fn main() {}

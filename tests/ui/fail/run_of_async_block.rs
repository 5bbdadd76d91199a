// Instead: a closure: `ctx.run(|| async { Ok(1) })`
use restate_core::{Context, HandlerResult};

async fn handler(ctx: Context<'_>) -> HandlerResult<()> {
    ctx.run(async { Ok(1) }).await?;
    Ok(())
}

fn main() {}

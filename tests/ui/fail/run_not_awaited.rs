// Instead: `ctx.run(closure).await?`
#![deny(unused_must_use)]
use restate_core::{Context, HandlerResult};

async fn handler(ctx: Context<'_>) -> HandlerResult<()> {
    ctx.run(|| async { Ok(1) });
    Ok(())
}

fn main() {}

// Instead: `ctx.sleep(duration).await?`
#![deny(unused_must_use)]
use restate_core::{Context, HandlerResult};

async fn handler(ctx: Context<'_>) -> HandlerResult<()> {
    ctx.sleep(std::time::Duration::from_secs(5));
    Ok(())
}

fn main() {}

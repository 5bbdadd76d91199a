// Instead: `tokio::join!`, or a handler that is called `.one_way()`; a context ends with its invocation
use restate_core::{Context, HandlerResult};

async fn handler(ctx: Context<'_>) -> HandlerResult<()> {
    tokio::spawn(async move { ctx.now().await });
    Ok(())
}

fn main() {}

// Instead: `ctx.run(..)` around work for a thread; a context ends with its invocation
use restate_core::{Context, HandlerResult};

async fn handler(ctx: Context<'_>) -> HandlerResult<()> {
    std::thread::spawn(move || ctx.invocation_id().len());
    Ok(())
}

fn main() {}

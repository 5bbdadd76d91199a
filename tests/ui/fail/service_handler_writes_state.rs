use restate_core::{Context, HandlerResult};

async fn handler(ctx: Context<'_>) -> HandlerResult<()> {
    ctx.set("count", 7);
    Ok(())
}

fn main() {}

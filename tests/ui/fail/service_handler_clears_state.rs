use restate_core::{Context, HandlerResult};

async fn handler(ctx: Context<'_>) -> HandlerResult<()> {
    ctx.clear("count");
    Ok(())
}

fn main() {}

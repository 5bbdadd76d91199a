use restate_core::{SharedObjectContext, HandlerResult};

async fn handler(ctx: SharedObjectContext<'_>) -> HandlerResult<()> {
    ctx.clear_all();
    Ok(())
}

fn main() {}

use restate_core::{SharedWorkflowContext, HandlerResult};

async fn handler(ctx: SharedWorkflowContext<'_>) -> HandlerResult<()> {
    ctx.set("count", 7);
    Ok(())
}

fn main() {}

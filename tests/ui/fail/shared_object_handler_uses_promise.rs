use restate_core::{SharedObjectContext, HandlerResult};

async fn handler(ctx: SharedObjectContext<'_>) -> HandlerResult<()> {
    ctx.promise::<()>("confirmed").await?;
    Ok(())
}

fn main() {}

use restate_core::{Context, HandlerResult};

async fn handler(ctx: Context<'_>) -> HandlerResult<()> {
    ctx.promise::<()>("confirmed").await?;
    Ok(())
}

fn main() {}

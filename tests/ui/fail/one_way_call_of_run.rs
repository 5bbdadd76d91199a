use restate_core::{Context, HandlerResult};

async fn handler(ctx: Context<'_>) -> HandlerResult<()> {
    ctx.one_way_call(ctx.run(|| async { Ok(1) })).await?;
    Ok(())
}

fn main() {}

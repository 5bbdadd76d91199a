use restate_core::{Context, HandlerResult};

async fn handler(ctx: Context<'_>) -> HandlerResult<()> {
    ctx.one_way_call(ctx.awakeable::<String>()).await?;
    Ok(())
}

fn main() {}

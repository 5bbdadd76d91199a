use restate_core::{Context, HandlerResult};

async fn tidy_up() {}

async fn handler(ctx: Context<'_>) -> HandlerResult<()> {
    ctx.one_way_call(tidy_up()).await?;
    Ok(())
}

fn main() {}

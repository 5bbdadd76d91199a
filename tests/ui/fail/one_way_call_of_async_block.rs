use restate_core::{Context, HandlerResult};

async fn handler(ctx: Context<'_>) -> HandlerResult<()> {
    ctx.one_way_call(async { println!("done in the background?") }).await?;
    Ok(())
}

fn main() {}

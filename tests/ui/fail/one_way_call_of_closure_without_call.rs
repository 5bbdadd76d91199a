// Instead: a handler that does it: `ctx.one_way_call(client.tidy_up(request))`
use restate_core::{Context, HandlerResult};

async fn handler(ctx: Context<'_>) -> HandlerResult<()> {
    ctx.one_way_call(|| println!("done in the background?")).await?;
    Ok(())
}

fn main() {}

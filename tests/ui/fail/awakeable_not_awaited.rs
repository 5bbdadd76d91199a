// Instead: `let awakeable = ctx.awakeable();` and, when its id was sent, `awakeable.await?`
#![deny(unused_must_use)]
use restate_core::{Context, HandlerResult};

async fn handler(ctx: Context<'_>) -> HandlerResult<()> {
    ctx.awakeable::<String>();
    Ok(())
}

fn main() {}

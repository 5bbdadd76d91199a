// Instead: `ctx.get("count").await?`
#![deny(unused_must_use)]
use restate_core::{ObjectContext, HandlerResult};

async fn handler(ctx: ObjectContext<'_>) -> HandlerResult<()> {
    ctx.get::<i64>("count");
    Ok(())
}

fn main() {}

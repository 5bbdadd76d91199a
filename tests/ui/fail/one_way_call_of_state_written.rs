use restate_core::{ObjectContext, HandlerResult};

async fn handler(ctx: ObjectContext<'_>) -> HandlerResult<()> {
    ctx.one_way_call(ctx.set("count", 7)).await?;
    Ok(())
}

fn main() {}

use restate_core::{HandlerResult, ObjectContext};

async fn handler(ctx: ObjectContext<'_>) -> HandlerResult<()> {
    ctx.one_way_call(ctx.get::<i64>("count")).await?;
    Ok(())
}

fn main() {}

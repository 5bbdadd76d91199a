#![deny(warnings)]
#![allow(dead_code, unused_variables)]

use restate_core::{HandlerResult, ObjectContext, Payload};

async fn update<T: Payload + Default>(
    ctx: ObjectContext<'_>,
    key: &str,
    change: impl FnOnce(T) -> T,
) -> HandlerResult<()> {
    let value = ctx.get(key).await?.unwrap_or_default();
    ctx.set(key, change(value));
    Ok(())
}

async fn handler(ctx: ObjectContext<'_>) -> HandlerResult<()> {
    update(ctx, "count", |count: i64| count + 1).await?;
    update(ctx, "names", |names: String| names + ", Pete").await
}

fn main() {}

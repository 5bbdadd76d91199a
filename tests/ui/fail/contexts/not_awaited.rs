//! A durable operation that is not awaited has no effect, or its result is lost.

#![deny(unused_must_use)]
use std::time::Duration;
use restate_core::{Context, ObjectContext, WorkflowContext};

// Awakeable not awaited
// Instead: `let awakeable = ctx.awakeable();` and, when its id was sent, `awakeable.await?`
async fn awakeable(ctx: Context<'_>) {
    ctx.awakeable::<String>();
}

// Promise not awaited
// Instead: `ctx.promise("confirmed").await?`, or `.resolve(value).await?` to complete it
async fn promise(ctx: WorkflowContext<'_>) {
    ctx.promise::<String>("confirmed");
}

// Run step not awaited
// Instead: `ctx.run(closure).await?`
async fn run(ctx: Context<'_>) {
    ctx.run(|| async { Ok(1) });
}

// Sleep not awaited
// Instead: `ctx.sleep(duration).await?`
async fn sleep(ctx: Context<'_>) {
    ctx.sleep(Duration::from_secs(5));
}

// State not awaited
// Instead: `ctx.get("count").await?`
async fn state(ctx: ObjectContext<'_>) {
    ctx.get::<i64>("count");
}

fn main() {}

//! A plain service has no key and no state.

use restate_core::{Context, HandlerResult, StateKey};

// State cleared in a plain service
fn clear(ctx: Context<'_>) {
    ctx.clear("count");
}

// Key read in a plain service
fn key(ctx: Context<'_>) {
    println!("{}", ctx.key());
}

// State read in a plain service
async fn get(ctx: Context<'_>) {
    let _ = ctx.get::<i64>("count").await;
}

// State written in a plain service
fn set(ctx: Context<'_>) {
    ctx.set("count", 7);
}

const COUNT: StateKey<i64> = StateKey::new("count");

// State key read in a plain service
async fn state_key(ctx: Context<'_>) -> HandlerResult<Option<i64>> {
    Ok(COUNT.get(ctx).await?)
}

fn main() {}

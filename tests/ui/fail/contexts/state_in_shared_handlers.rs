//! A shared handler runs beside others, so it only reads state.

use restate_core::{SharedObjectContext, SharedWorkflowContext, StateKey};

// All state cleared in a shared handler
fn clear_all(ctx: SharedObjectContext<'_>) {
    ctx.clear_all();
}

// State cleared in a shared handler
fn clear(ctx: SharedObjectContext<'_>) {
    ctx.clear("count");
}

// State written in a shared handler
fn set(ctx: SharedObjectContext<'_>) {
    ctx.set("count", 7);
}

// State written in a shared handler of a workflow
fn set_in_workflow(ctx: SharedWorkflowContext<'_>) {
    ctx.set("count", 7);
}

const COUNT: StateKey<i64> = StateKey::new("count");

// State key written in a shared handler
fn state_key(ctx: SharedObjectContext<'_>) {
    COUNT.set(ctx, 7);
}

fn main() {}

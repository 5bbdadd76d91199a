use restate_core::{ObjectContext, StateKey};

const COUNT: StateKey<i64> = StateKey::new("count");

fn add(ctx: ObjectContext<'_>) {
    COUNT.set(ctx, "seven");
}

fn main() {}

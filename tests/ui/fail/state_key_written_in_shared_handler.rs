use restate_core::{SharedObjectContext, StateKey};

const COUNT: StateKey<i64> = StateKey::new("count");

fn read(ctx: SharedObjectContext<'_>) {
    COUNT.set(ctx, 7);
}

fn main() {}

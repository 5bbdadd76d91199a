use restate_core::{Context, HandlerResult, StateKey};

const COUNT: StateKey<i64> = StateKey::new("count");

async fn greet(ctx: Context<'_>) -> HandlerResult<Option<i64>> {
    Ok(COUNT.get(ctx).await?)
}

fn main() {}

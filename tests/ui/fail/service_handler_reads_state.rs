use restate_core::Context;

async fn greet(ctx: Context<'_>) {
    let _ = ctx.get::<i64>("count").await;
}

fn main() {}

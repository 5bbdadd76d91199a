use restate_core::{Context, HandlerResult};

pub struct Person;

async fn handler(ctx: Context<'_>) -> HandlerResult<()> {
    ctx.run(|| async { Ok(Person) }).await?;
    Ok(())
}

fn main() {}

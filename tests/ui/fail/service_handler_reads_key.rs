use restate_core::{Context, HandlerResult};

async fn handler(ctx: Context<'_>) -> HandlerResult<()> {
    println!("{}", ctx.key());
    Ok(())
}

fn main() {}

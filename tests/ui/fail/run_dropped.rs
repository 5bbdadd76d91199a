use restate_core::{Context, HandlerResult, handlers};

struct Polite;
#[handlers]
impl Polite {
    async fn greet(&self, ctx: Context<'_>) -> HandlerResult<()> {
        let _ = ctx.run(|| async { Ok(7) }).name("seven");
        Ok(())
    }
}

fn main() {}

use restate_core::{Context, HandlerResult, handlers};
struct Polite;
#[handlers]
impl Polite {
    async fn greet(&self, ctx: Context<'_>) -> HandlerResult<()> {
        ctx.run(|| async { Ok(ctx.run(|| async { Ok(1) }).await?) }).await?;
        Ok(())
    }
}
fn main() {}

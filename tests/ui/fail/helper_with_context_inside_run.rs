use restate_core::{Context, HandlerResult, handlers};
async fn pause(ctx: Context<'_>) -> HandlerResult<()> { ctx.now().await?; Ok(()) }
struct Polite;
#[handlers]
impl Polite {
    async fn greet(&self, ctx: Context<'_>) -> HandlerResult<()> {
        ctx.run(|| async { Ok(pause(ctx).await?) }).await?;
        Ok(())
    }
}
fn main() {}

use restate_core::{Context, HandlerResult, handlers};
struct Polite;
#[handlers]
impl Polite {
    async fn greet(&self, ctx: Context<'_>) -> HandlerResult<()> {
        tokio::spawn(async move { ctx.now().await });
        Ok(())
    }
}
fn main() {}

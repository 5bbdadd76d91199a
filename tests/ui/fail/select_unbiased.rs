use restate_core::{Context, HandlerResult, handlers};
struct Polite;
#[handlers]
impl Polite {
    async fn greet(&self, ctx: Context<'_>) -> HandlerResult<()> {
        tokio::select! { _ = ctx.now() => {} _ = ctx.awakeable::<()>() => {} }
        Ok(())
    }
}
fn main() {}

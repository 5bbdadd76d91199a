use std::time::Duration;
use restate_core::{Context, HandlerResult, handlers};
struct Polite;
#[handlers]
impl Polite {
    async fn greet(&self, ctx: Context<'_>) -> HandlerResult<()> {
        let now = tokio::time::timeout(Duration::from_secs(5), ctx.now()).await;
        Ok(())
    }
}
fn main() {}

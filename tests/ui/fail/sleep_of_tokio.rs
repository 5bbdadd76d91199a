use std::time::Duration;
use restate_core::{Context, HandlerResult, handlers};
struct Polite;
#[handlers]
impl Polite {
    async fn greet(&self, ctx: Context<'_>) -> HandlerResult<()> {
        tokio::time::sleep(Duration::from_secs(5)).await;
        Ok(())
    }
}
fn main() {}

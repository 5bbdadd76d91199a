use tokio::fs;
use restate_core::{Context, HandlerResult, handlers};
struct Polite;
#[handlers]
impl Polite {
    async fn greet(&self, ctx: Context<'_>) -> HandlerResult<()> {
        let text = fs::read_to_string("greeting.txt").await?;
        Ok(())
    }
}
fn main() {}

use std::time::Instant;
use restate_core::{Context, HandlerResult, handlers};
struct Polite;
#[handlers]
impl Polite {
    async fn greet(&self, ctx: Context<'_>) -> HandlerResult<()> {
        tokio::select! { biased; now = async { Instant::now() } => println!("{now:?}") }
        Ok(())
    }
}
fn main() {}

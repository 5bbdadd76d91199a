use std::time::Instant;
use restate_core::{Context, HandlerResult, handlers};
struct Polite;
#[handlers]
impl Polite {
    async fn greet(&self, ctx: Context<'_>) -> HandlerResult<()> {
        let started = Instant::now();
        Ok(())
    }
}
fn main() {}

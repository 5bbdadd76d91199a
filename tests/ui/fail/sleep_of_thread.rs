use std::{thread, time::Duration};
use restate_core::{Context, HandlerResult, handlers};
struct Polite;
#[handlers]
impl Polite {
    async fn greet(&self, ctx: Context<'_>) -> HandlerResult<()> {
        thread::sleep(Duration::from_secs(5));
        Ok(())
    }
}
fn main() {}

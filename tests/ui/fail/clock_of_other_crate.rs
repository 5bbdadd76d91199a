use restate_core::{Context, HandlerResult, handlers};
mod chrono { pub struct Utc; impl Utc { pub fn now() -> Self { Self } } }
use chrono::Utc;
struct Polite;
#[handlers]
impl Polite {
    async fn greet(&self, ctx: Context<'_>) -> HandlerResult<()> {
        let now = Utc::now();
        Ok(())
    }
}
fn main() {}

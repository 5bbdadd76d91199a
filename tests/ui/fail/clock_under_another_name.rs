use restate_core::{Context, HandlerResult, handlers};
struct Polite;
#[handlers]
impl Polite {
    async fn greet(&self, ctx: Context<'_>) -> HandlerResult<()> {
        use std::time::Instant as Watch;
        let started = Watch::now();
        Ok(())
    }
}
fn main() {}

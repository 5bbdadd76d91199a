use std::time::Duration;
use restate_core::{Context, HandlerResult, handlers};
struct Polite;
#[handlers]
impl Polite {
    async fn greet(&self, ctx: Context<'_>) -> HandlerResult<()> {
        let sleep = ctx.sleep(Duration::from_secs(5));
        ctx.run(|| async { Ok(sleep.await?) }).await?;
        Ok(())
    }
}
fn main() {}

use std::time::Duration;
use restate_core::{Context, HandlerResult, handlers};
struct Polite;
#[handlers]
impl Polite {
    async fn greet(&self, ctx: Context<'_>) -> HandlerResult<()> {
        ctx.run(|| async { Ok(ctx.sleep(Duration::from_secs(5)).await?) }).await?;
        Ok(())
    }
}
fn main() {}

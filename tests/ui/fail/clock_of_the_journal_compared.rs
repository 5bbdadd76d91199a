// Instead: `ctx.now().await?.duration_since(started)?`
use restate_core::{Context, HandlerResult, handlers};

struct Polite;
#[handlers]
impl Polite {
    async fn greet(&self, ctx: Context<'_>) -> HandlerResult<u64> {
        let started = ctx.now().await?;
        Ok(started.elapsed()?.as_secs())
    }
}
fn main() {}

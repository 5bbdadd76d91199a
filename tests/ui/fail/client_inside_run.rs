use restate_ui::{GreetRequest, GreeterClient};
use restate_core::{Context, HandlerResult, handlers};
struct Polite;
#[handlers]
impl Polite {
    async fn greet(&self, ctx: Context<'_>) -> HandlerResult<()> {
        ctx.run(|| async { GreeterClient::new(ctx).greet(GreetRequest::default()).await?; Ok(()) }).await?;
        Ok(())
    }
}
fn main() {}

use restate_ui::{GreetRequest, GreeterClient};
use restate_core::{Context, HandlerResult, handlers};
struct Polite;
#[handlers]
impl Polite {
    async fn greet(&self, ctx: Context<'_>) -> HandlerResult<()> {
        let client = GreeterClient::new(ctx);
        ctx.run(|| async { Ok(client.greet(GreetRequest::default()).await?) }).await?;
        Ok(())
    }
}
fn main() {}

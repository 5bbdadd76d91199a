use restate_core::{Context, HandlerResult, handlers};
use restate_ui::{GreetRequest, GreeterClient};

struct Polite;
#[handlers]
impl Polite {
    async fn greet(&self, ctx: Context<'_>) -> HandlerResult<()> {
        let _ = GreeterClient::new(ctx).greet(GreetRequest::default());
        Ok(())
    }
}
fn main() {}

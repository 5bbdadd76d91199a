use restate_core::{Context, HandlerResult};
use restate_ui::{GreetRequest, GreetResponse, Greeter};
struct Polite;
impl Greeter for Polite {
    async fn greet(&self, _: Context<'_>, _: GreetRequest) -> HandlerResult<GreetResponse> {
        Ok(GreetResponse::default())
    }
    async fn welcome(&self, _: Context<'_>) -> HandlerResult<()> { Ok(()) }
}
fn main() {}

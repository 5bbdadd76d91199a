// Instead: one of the two
use restate_core::{Context, HandlerResult};
use restate_ui::{GreetRequest, GreetResponse, Greeter};
struct Polite;
impl Greeter for Polite {
    async fn greet(&self, _: Context<'_>, _: GreetRequest) -> HandlerResult<GreetResponse> { todo!() }
    async fn greet(&self, _: Context<'_>, _: GreetRequest) -> HandlerResult<GreetResponse> { todo!() }
}
fn main() {}

// Instead: a handler of the contract, or a method in an `impl Polite` of its own
use restate_core::{Context, HandlerResult};
use restate_ui::{GreetRequest, GreetResponse, Greeter};
struct Polite;
impl Greeter for Polite {
    async fn greet(&self, _: Context<'_>, _: GreetRequest) -> HandlerResult<GreetResponse> { todo!() }
    async fn welcome(&self, _: Context<'_>) -> HandlerResult<()> { Ok(()) }
}
fn main() {}

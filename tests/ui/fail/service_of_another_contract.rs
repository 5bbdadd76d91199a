// Instead: the server of the contract that `Polite` implements: `GreeterServer::new(Polite)`
use restate_core::{Context, HandlerResult, Service};
use restate_ui::{BasketServer, GreetRequest, GreetResponse, Greeter};
struct Polite;
impl Greeter for Polite {
    async fn greet(&self, _: Context<'_>, _: GreetRequest) -> HandlerResult<GreetResponse> { todo!() }
}
fn bind(_: impl Service) {}
fn main() {
    bind(BasketServer::new(Polite));
}

//! An implementation is bound through the server of its contract.

use restate_core::{Context, HandlerResult, Service};
use restate_ui::{BasketServer, GreetRequest, GreetResponse, Greeter};

struct Polite;
impl Greeter for Polite {
    async fn greet(&self, _: Context<'_>, _: GreetRequest) -> HandlerResult<GreetResponse> { todo!() }
}
fn bind(_: impl Service) {}

// Service bound without its server
fn without_server() {
    bind(Polite);
}

// Service bound with the server of another contract
// Instead: the server of the contract that `Polite` implements: `GreeterServer::new(Polite)`
fn other_contract() {
    bind(BasketServer::new(Polite));
}

fn main() {}

//! A service owns what it needs.

use restate_core::{Context, HandlerResult, Service};
use restate_ui::{GreetRequest, GreetResponse, Greeter, GreeterServer};

struct Polite<'a>(&'a str);
impl Greeter for Polite<'_> {
    async fn greet(&self, _: Context<'_>, _: GreetRequest) -> HandlerResult<GreetResponse> { todo!() }
}
fn bind(_: impl Service) {}

// Service that borrows
// Instead: a service that owns what it needs: `String`, or `Arc<str>`
fn main() {
    let greeting = String::from("Hello");
    bind(GreeterServer::new(Polite(&greeting)));
}

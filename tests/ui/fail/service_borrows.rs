// Instead: a service that owns what it needs: `String`, or `Arc<str>`
use restate_core::{Context, HandlerResult};
use restate_ui::{GreetRequest, GreetResponse, Greeter, GreeterServer};

struct Polite<'a>(&'a str);
impl Greeter for Polite<'_> {
    async fn greet(&self, _: Context<'_>, _: GreetRequest) -> HandlerResult<GreetResponse> { todo!() }
}
fn main() {
    let greeting = String::from("Hello");
    GreeterServer::new(Polite(&greeting));
}

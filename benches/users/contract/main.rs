use greeter::{GreetRequest, GreetResponse, Greeter, GreeterServer};
use restate_core::{Context, HandlerResult};
use restate_endpoint::Endpoint;

mod greeter {
    restate_core::include_proto!("greeter.v1");
}

struct Polite;

impl Greeter for Polite {
    async fn greet(&self, _: Context<'_>, request: GreetRequest) -> HandlerResult<GreetResponse> {
        Ok(GreetResponse { message: format!("Greetings {}", request.name) })
    }
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let endpoint = Endpoint::builder().bind(GreeterServer::new(Polite)).build()?;
    endpoint.listen("127.0.0.1:9080").await?;
    Ok(())
}

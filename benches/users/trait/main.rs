use restate_core::{Context, HandlerResult, service};
use restate_endpoint::Endpoint;

#[service]
trait Greeter {
    async fn greet(&self, ctx: Context<'_>, name: String) -> HandlerResult<String>;
}

struct Polite;

impl Greeter for Polite {
    async fn greet(&self, _: Context<'_>, name: String) -> HandlerResult<String> {
        Ok(format!("Greetings {name}"))
    }
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let endpoint = Endpoint::builder().bind(GreeterServer::new(Polite)).build()?;
    endpoint.listen("127.0.0.1:9080").await?;
    Ok(())
}

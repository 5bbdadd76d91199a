use restate_core::HandlerResult;
use restate_ui::{GreetRequest, GreeterClient};

async fn handler() -> HandlerResult<()> {
    GreeterClient::new("http://localhost:8080").greet(GreetRequest::default()).await?;
    Ok(())
}

fn main() {}

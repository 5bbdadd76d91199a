// Instead: a request by value; `.clone()` it to send it twice
use restate_core::{Context, HandlerResult};
use restate_ui::{GreetRequest, GreeterClient};

async fn handler(ctx: Context<'_>) -> HandlerResult<()> {
    let client = GreeterClient::new(ctx);
    let request = GreetRequest::default();
    client.greet(&request).await?;
    Ok(())
}

fn main() {}

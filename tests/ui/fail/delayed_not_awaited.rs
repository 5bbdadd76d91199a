// Instead: `client.greet(request).delayed(delay).await?`
#![deny(unused_must_use)]
use restate_core::{Context, HandlerResult};
use restate_ui::{GreetRequest, GreeterClient};

async fn handler(ctx: Context<'_>) -> HandlerResult<()> {
    let client = GreeterClient::new(ctx);
    client.greet(GreetRequest::default()).delayed(std::time::Duration::from_secs(5));
    Ok(())
}

fn main() {}

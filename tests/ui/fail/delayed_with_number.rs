// Instead: `Duration::from_millis(5000)`
use restate_core::{Context, HandlerResult};
use restate_ui::{GreetRequest, GreeterClient};

async fn handler(ctx: Context<'_>) -> HandlerResult<()> {
    let client = GreeterClient::new(ctx);
    client.greet(GreetRequest::default()).delayed(5000).await?;
    Ok(())
}

fn main() {}

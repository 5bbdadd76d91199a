// Instead: `client.greet(request).await?.greeting`
use restate_core::{Context, HandlerResult};
use restate_ui::{GreetRequest, GreeterClient};

async fn handler(ctx: Context<'_>) -> HandlerResult<()> {
    let client = GreeterClient::new(ctx);
    println!("{}", client.greet(GreetRequest::default()).greeting);
    Ok(())
}

fn main() {}

// Instead: `client.greet(request).await?`, which waits for the response
use restate_core::{Context, HandlerResult};
use restate_ui::{GreetRequest, GreeterClient};

async fn handler(ctx: Context<'_>) -> HandlerResult<()> {
    let client = GreeterClient::new(ctx);
    let response = client.greet(GreetRequest::default()).one_way().await?;
    println!("{}", response.greeting);
    Ok(())
}

fn main() {}

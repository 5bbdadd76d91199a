//! Only a call that is awaited has a response, and a one-way call never has one.

use restate_core::{Context, HandlerResult};
use restate_ui::{GreetRequest, GreeterClient};

// Response of a call that is not awaited
// Instead: `client.greet(request).await?.greeting`
fn not_awaited(client: GreeterClient<Context<'_>>) {
    println!("{}", client.greet(GreetRequest::default()).greeting);
}

// Response of a one-way call
// Instead: `client.greet(request).await?`, which waits for the response
async fn one_way(client: GreeterClient<Context<'_>>) -> HandlerResult<()> {
    let response = client.greet(GreetRequest::default()).one_way().await?;
    println!("{}", response.greeting);
    Ok(())
}

fn main() {}

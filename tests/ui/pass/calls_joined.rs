#![deny(warnings)]
#![allow(dead_code, unused_variables)]

use restate_core::{Context, HandlerResult};
use restate_ui::{GreetRequest, GreeterClient};

async fn handler(ctx: Context<'_>) -> HandlerResult<usize> {
    let client = GreeterClient::new(ctx);
    let (one, other) = tokio::join!(client.greet(GreetRequest::default()).call(), async {
        client.greet(GreetRequest::default()).await
    },);
    Ok(one?.greeting.len() + other?.greeting.len())
}

fn main() {}

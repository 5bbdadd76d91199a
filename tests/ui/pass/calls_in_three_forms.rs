#![deny(warnings)]
#![allow(dead_code, unused_variables)]

use std::time::Duration;

use restate_core::{Context, HandlerResult};
use restate_ui::{GreetRequest, GreeterClient};

async fn handler(ctx: Context<'_>) -> HandlerResult<String> {
    let client = GreeterClient::new(ctx);
    let request = GreetRequest { name: "Pete".into() };
    client.greet(request.clone()).one_way().await?;
    client.greet(request.clone()).delayed(Duration::from_secs(5)).await?;
    ctx.one_way_call(client.greet(request.clone())).await?;
    ctx.one_way_call(|| client.greet(request.clone())).await?;
    ctx.delayed_call(client.greet(request.clone()), Duration::from_secs(5)).await?;
    ctx.delayed_call(|| client.greet(request.clone()), Duration::from_secs(5)).await?;
    let started = client.greet(request.clone()).call();
    let name = client.greet(request).await?.greeting + &started.await?.greeting;
    Ok(name)
}

fn main() {}

use std::time::Duration;
use restate_core::{Context, HandlerResult};
use restate_ui::{GreetRequest, GreeterClient};

async fn handler(ctx: Context<'_>) -> HandlerResult<()> {
    let client = GreeterClient::new(ctx);
    ctx.delayed_call(client.greet(GreetRequest::default()).one_way(), Duration::from_secs(5)).await?;
    Ok(())
}

fn main() {}

// Instead: `ctx.one_way_call(client.greet(request)).await?`
#![deny(unused_must_use)]
use restate_core::{Context, HandlerResult};
use restate_ui::{GreetRequest, GreeterClient};

async fn handler(ctx: Context<'_>) -> HandlerResult<()> {
    let client = GreeterClient::new(ctx);
    ctx.one_way_call(client.greet(GreetRequest::default()));
    Ok(())
}

fn main() {}

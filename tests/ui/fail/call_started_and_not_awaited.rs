// Instead: `let reply = client.greet(request).call();` and later `reply.await?`
#![deny(unused_must_use)]
use restate_core::{Context, HandlerResult};
use restate_ui::{GreetRequest, GreeterClient};

async fn handler(ctx: Context<'_>) -> HandlerResult<()> {
    let client = GreeterClient::new(ctx);
    client.greet(GreetRequest::default()).call();
    Ok(())
}

fn main() {}

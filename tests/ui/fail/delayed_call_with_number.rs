// Instead: `Duration::from_millis(5000)`
use restate_core::{Context, HandlerResult};
use restate_ui::{GreetRequest, GreeterClient};

async fn handler(ctx: Context<'_>) -> HandlerResult<()> {
    let client = GreeterClient::new(ctx);
    ctx.delayed_call(client.greet(GreetRequest::default()), 5000).await?;
    Ok(())
}

fn main() {}

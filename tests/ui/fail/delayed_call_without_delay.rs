// Instead: `ctx.delayed_call(call, Duration::from_secs(5))`, or `ctx.one_way_call(call)` for now
use restate_core::{Context, HandlerResult};
use restate_ui::{GreetRequest, GreeterClient};

async fn handler(ctx: Context<'_>) -> HandlerResult<()> {
    let client = GreeterClient::new(ctx);
    ctx.delayed_call(client.greet(GreetRequest::default())).await?;
    Ok(())
}

fn main() {}

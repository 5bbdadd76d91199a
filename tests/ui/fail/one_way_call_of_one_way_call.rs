use restate_core::{Context, HandlerResult};
use restate_ui::{GreetRequest, GreeterClient};

async fn handler(ctx: Context<'_>) -> HandlerResult<()> {
    let client = GreeterClient::new(ctx);
    ctx.one_way_call(ctx.one_way_call(client.greet(GreetRequest::default()))).await?;
    Ok(())
}

fn main() {}

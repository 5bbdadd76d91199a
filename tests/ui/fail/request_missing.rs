// Instead: `client.greet(GreetRequest { .. })`
use restate_core::{Context, HandlerResult};
use restate_ui::GreeterClient;

async fn handler(ctx: Context<'_>) -> HandlerResult<()> {
    let client = GreeterClient::new(ctx);
    client.greet().await?;
    Ok(())
}

fn main() {}

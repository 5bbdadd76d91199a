// Instead: the request that the contract names: `GreetRequest { name: "Pete".into() }`
use restate_core::{Context, HandlerResult};
use restate_ui::GreeterClient;

async fn handler(ctx: Context<'_>) -> HandlerResult<()> {
    let client = GreeterClient::new(ctx);
    client.greet("Pete").await?;
    Ok(())
}

fn main() {}

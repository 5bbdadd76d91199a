// Instead: `client.greet(name).await?`, or `.one_way().await?` to go on without the response
#![deny(unused_must_use)]
use restate_core::{Context, HandlerResult};

#[restate_core::service]
pub trait Greeter {
    async fn greet(&self, ctx: Context<'_>, name: String) -> HandlerResult<String>;
}

async fn handler(ctx: Context<'_>) { GreeterClient::new(ctx).greet("Pete".into()); }

fn main() {}

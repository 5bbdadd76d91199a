// Instead: `client.greet(request).one_way().await?`
#![deny(unused_must_use)]
use restate_core::{Context, HandlerResult};

#[restate_core::service]
pub trait Greeter {
    async fn greet(&self, ctx: Context<'_>, name: String) -> HandlerResult<String>;
}

async fn handler(ctx: Context<'_>) { GreeterClient::new(ctx).greet("Pete".into()).one_way(); }

fn main() {}

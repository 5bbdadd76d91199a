#![deny(warnings)]
#![allow(dead_code, unused_variables)]

use restate_core::{Context, HandlerResult};
use restate_ui::{GreetRequest, GreeterClient};

struct Steps<'a> {
    ctx: Context<'a>,
    greeter: GreeterClient<Context<'a>>,
    name: &'a str,
}

impl Steps<'_> {
    async fn greet(&self) -> HandlerResult<String> {
        let request = GreetRequest { name: self.name.into() };
        self.ctx.sleep(std::time::Duration::from_secs(1)).await?;
        Ok(self.greeter.greet(request).await?.greeting)
    }
}

async fn handler(ctx: Context<'_>, name: String) -> HandlerResult<String> {
    Steps { ctx, greeter: GreeterClient::new(ctx), name: &name }.greet().await
}

fn main() {}

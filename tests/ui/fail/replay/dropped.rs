//! A call or run step that is dropped does nothing.

use restate_core::{Context, HandlerResult, handlers};
use restate_ui::{GreetRequest, GreeterClient};

struct Polite;

#[handlers]
impl Polite {
    // Call dropped
    async fn call(&self, ctx: Context<'_>) -> HandlerResult<()> {
        let _ = GreeterClient::new(ctx).greet(GreetRequest::default());
        Ok(())
    }

    // Run step dropped
    async fn run(&self, ctx: Context<'_>) -> HandlerResult<()> {
        let _ = ctx.run(|| async { Ok(7) }).name("seven");
        Ok(())
    }
}

fn main() {}

//! `#[handlers]` makes an error of a call that is not awaited, which is otherwise a warning.

use restate_core::{Context, HandlerResult, handlers};
use restate_ui::{GreetRequest, GreeterClient};

struct Polite;

#[handlers]
impl Polite {
    // Call not awaited
    // Instead: `client.greet(request).await?`, or `.one_way().await?` to go on without the response
    async fn greet(&self, ctx: Context<'_>) -> HandlerResult<()> {
        GreeterClient::new(ctx).greet(GreetRequest::default());
        Ok(())
    }
}

fn main() {}

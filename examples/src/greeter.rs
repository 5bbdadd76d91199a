use std::time::Duration;

use restate::{Context, HandlerResult, TerminalError};

use crate::contract::{
    counter::{AddRequest, CounterClient},
    greeter::{
        GreetRequest, GreetResponse, Greeter, GreeterClient, WelcomeRequest, WelcomeResponse,
    },
};

/// Greets people by name, and prints a line for each greeting it executes.
#[derive(Clone, Copy, Debug, Default)]
pub struct GreetByName;

impl Greeter for GreetByName {
    async fn greet(&self, _: Context<'_>, request: GreetRequest) -> HandlerResult<GreetResponse> {
        let name = request.name.trim();
        if name.is_empty() {
            return Err(TerminalError::with_code(400, "whom? `name` is empty").into());
        }
        println!("greeting {name}");
        Ok(GreetResponse { message: format!("Hello {name}") })
    }

    async fn welcome(
        &self,
        ctx: Context<'_>,
        request: WelcomeRequest,
    ) -> HandlerResult<WelcomeResponse> {
        let WelcomeRequest { name, again_after_seconds, think_seconds } = request;
        let greeter = GreeterClient::new(ctx);
        let counter = CounterClient::new(ctx);

        // Request-response: the response is recorded, and replayed after a crash.
        let greeting = greeter.greet(GreetRequest { name: name.clone() }).await?;

        // One-way: sent, without waiting for a response.
        counter.add(AddRequest { name: name.clone(), delta: 1 }).one_way().await?;

        // Delayed: one-way, executed later, even if this process has ended by then.
        let delay = Duration::from_secs(again_after_seconds.unwrap_or(5).into());
        let again = greeter.greet(GreetRequest { name }).delayed(delay).await?;

        if think_seconds > 0 {
            ctx.sleep(Duration::from_secs(think_seconds.into())).await?;
        }
        Ok(WelcomeResponse {
            message: greeting.message,
            again: again.invocation_id().await?.into(),
        })
    }
}

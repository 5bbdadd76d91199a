//! A call that is not awaited is never sent, or its outcome is never seen.

#![deny(unused_must_use)]
use std::time::Duration;
use restate_core::{Context, HandlerResult};
use restate_ui::{GreetRequest, GreeterClient};

// Call not awaited
// Instead: `client.greet(request).await?`, or `.one_way().await?` to go on without the response
fn call(client: GreeterClient<Context<'_>>) {
    client.greet(GreetRequest::default());
}

// Call started and not awaited
// Instead: `let response = client.greet(request).call();` and later `response.await?`
fn started(client: GreeterClient<Context<'_>>) {
    client.greet(GreetRequest::default()).call();
}

// One-way call not awaited
// Instead: `client.greet(request).one_way().await?`
fn one_way(client: GreeterClient<Context<'_>>) {
    client.greet(GreetRequest::default()).one_way();
}

// Delayed call not awaited
// Instead: `client.greet(request).delayed(delay).await?`
fn delayed(client: GreeterClient<Context<'_>>) {
    client.greet(GreetRequest::default()).delayed(Duration::from_secs(5));
}

// One-way call by the context not awaited
// Instead: `ctx.one_way_call(client.greet(request)).await?`
fn one_way_of_context(ctx: Context<'_>, client: GreeterClient<Context<'_>>) {
    ctx.one_way_call(client.greet(GreetRequest::default()));
}

// Two calls in the closure of a one-way call
// Instead: one `ctx.one_way_call(..)` for each call
async fn two(ctx: Context<'_>, client: GreeterClient<Context<'_>>) -> HandlerResult<()> {
    let request = GreetRequest::default();
    ctx.one_way_call(|| { client.greet(request.clone()); client.greet(request) }).await?;
    Ok(())
}

// Call to a service of a trait not awaited
// Instead: `client.greet(name).await?`
#[restate_core::service]
pub trait Polite {
    async fn greet(&self, ctx: Context<'_>, name: String) -> HandlerResult<String>;
}
fn call_to_trait(client: PoliteClient<Context<'_>>) {
    client.greet("Pete".into());
}

fn main() {}

//! A client takes a context and, for an object or workflow, a key, unless the requests hold it.

use restate_core::{Context, HandlerResult, ObjectContext};
use restate_ui::{BasketClient, CounterClient, GreeterClient, SignupClient};

// Client of an object without a key
// Instead: `BasketClient::new(ctx, "pete")`: a client is for one key
fn object(ctx: Context<'_>) -> BasketClient<Context<'_>> {
    BasketClient::new(ctx)
}

#[restate_core::object]
pub trait Account {
    async fn deposit(&self, ctx: ObjectContext<'_>, amount: i64) -> HandlerResult<i64>;
}

// Client of an object declared as a trait without a key
// Instead: `AccountClient::new(ctx, "pete")`: a client is for one key
fn object_of_trait(ctx: Context<'_>) -> AccountClient<Context<'_>> {
    AccountClient::new(ctx)
}

// Client of a workflow without a key
// Instead: `SignupClient::new(ctx, "pete")`: a workflow runs once for each key
fn workflow(ctx: Context<'_>) -> SignupClient<Context<'_>> {
    SignupClient::new(ctx)
}

// Client with a key that the requests hold
// Instead: `CounterClient::new(ctx)`: the key is in each request
fn key_in_requests(ctx: Context<'_>) -> CounterClient<Context<'_>> {
    CounterClient::new(ctx, "pete")
}

// Client of a plain service with a key
// Instead: `GreeterClient::new(ctx)`: a plain service has no keys
fn service(ctx: Context<'_>) -> GreeterClient<Context<'_>> {
    GreeterClient::new(ctx, "pete")
}

// Client with a key that is not a string
// Instead: a key is a string: `"7"` or `number.to_string()`
fn number(ctx: Context<'_>) -> BasketClient<Context<'_>> {
    BasketClient::new(ctx, 7)
}

// Client without a context
fn without_context() {
    let client = GreeterClient::new(String::from("http://localhost:8080"));
}

fn main() {}

//! Implementations of contracts.

#![deny(warnings)]
#![allow(dead_code, unused_variables)]

use std::{
    future::{Future, ready},
    time::Instant,
};

use restate_core::{Context, HandlerResult, handlers};
use restate_ui::{GreetRequest, GreetResponse, Greeter};

// Handlers beside other methods
struct Polite {
    started: Instant,
}

#[handlers]
impl Polite {
    /// Not a handler, as it takes no context.
    fn new() -> Self {
        Self { started: Instant::now() }
    }

    async fn greet(&self, ctx: Context<'_>) -> HandlerResult<u64> {
        Ok(ctx.run(|| async { Ok(self.started.elapsed().as_secs()) }).await?)
    }
}

// Implementations with generics
trait Words: Send + Sync + 'static {
    fn greeting(&self, name: &str) -> String;
}

struct With<W>(W);

#[handlers]
impl<W: Words> Greeter for With<W> {
    async fn greet(&self, _: Context<'_>, request: GreetRequest) -> HandlerResult<GreetResponse> {
        Ok(GreetResponse { greeting: self.0.greeting(&request.name) })
    }
}

// Implementations without async fn
struct Quick;

#[handlers]
impl Greeter for Quick {
    fn greet(
        &self,
        ctx: Context<'_>,
        _: GreetRequest,
    ) -> impl Future<Output = HandlerResult<GreetResponse>> + Send {
        println!("{}", ctx.invocation_id());
        ready(Ok(GreetResponse::default()))
    }
}

//! An implementation has the handlers of its contract, each once, and no others.

use restate_core::{Context, HandlerResult};
use restate_ui::{GreetRequest, GreetResponse, Greeter};

struct Polite;

impl Greeter for Polite {
    async fn greet(&self, _: Context<'_>, _: GreetRequest) -> HandlerResult<GreetResponse> { todo!() }

    // Handler implemented twice
    // Instead: one of the two
    async fn greet(&self, _: Context<'_>, _: GreetRequest) -> HandlerResult<GreetResponse> { todo!() }

    // Handler that the contract does not have
    // Instead: a handler of the contract, or a method in an `impl Polite` of its own
    async fn welcome(&self, _: Context<'_>) -> HandlerResult<()> { Ok(()) }
}

fn main() {}

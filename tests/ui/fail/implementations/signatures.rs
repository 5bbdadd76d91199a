//! A handler has the types that its contract names.

use restate_core::{Context, HandlerResult, ObjectContext};
use restate_ui::{GreetRequest, GreetResponse, Greeter};

// Handler missing
// Instead: an impl with every handler of the contract
struct Silent;
impl Greeter for Silent {}

// Handler with another context
// Instead: the context that the contract names
struct Keyed;
impl Greeter for Keyed {
    async fn greet(&self, _: ObjectContext<'_>, _: GreetRequest) -> HandlerResult<GreetResponse> {
        Ok(GreetResponse::default())
    }
}

// Handler with another request
// Instead: the request that the contract names
struct Listener;
impl Greeter for Listener {
    async fn greet(&self, _: Context<'_>, _: String) -> HandlerResult<GreetResponse> {
        Ok(GreetResponse::default())
    }
}

// Handler with another response
// Instead: the response that the contract names
struct Speaker;
impl Greeter for Speaker {
    async fn greet(&self, _: Context<'_>, _: GreetRequest) -> HandlerResult<String> {
        Ok(String::new())
    }
}

fn main() {}

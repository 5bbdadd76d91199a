//! Handlers move between threads, and many invocations share one implementation.

use restate_core::{Context, HandlerResult};
use restate_ui::{GreetRequest, GreetResponse, Greeter};

// Handler that is not `Send`
// Instead: `Arc` for `Rc`, or a value that is dropped before the `.await`
struct Polite;
impl Greeter for Polite {
    async fn greet(&self, ctx: Context<'_>, _: GreetRequest) -> HandlerResult<GreetResponse> {
        let shared = std::rc::Rc::new(7);
        println!("{shared} {:?}", ctx.now().await?);
        Ok(GreetResponse::default())
    }
}

// Service that is not `Sync`
// Instead: `AtomicU64` or a `Mutex`; a value that must be durable is state
struct Counting(std::cell::Cell<u64>);
impl Greeter for Counting {
    async fn greet(&self, _: Context<'_>, _: GreetRequest) -> HandlerResult<GreetResponse> {
        Ok(GreetResponse::default())
    }
}

fn main() {}

// Instead: `AtomicU64` or a `Mutex`, as many invocations share the service; durable values are state
use restate_core::{Context, HandlerResult};
use restate_ui::{GreetRequest, GreetResponse, Greeter};

struct Polite(std::cell::Cell<u64>);
impl Greeter for Polite {
    async fn greet(&self, _: Context<'_>, _: GreetRequest) -> HandlerResult<GreetResponse> {
        Ok(GreetResponse::default())
    }
}

fn main() {}

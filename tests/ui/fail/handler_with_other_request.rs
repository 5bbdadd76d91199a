// Instead: the request that the contract names
use restate_core::{Context, HandlerResult};
use restate_ui::{GreetResponse, Greeter};

struct Polite;
impl Greeter for Polite {
    async fn greet(&self, _: Context<'_>, _: String) -> HandlerResult<GreetResponse> {
        Ok(GreetResponse::default())
    }
}

fn main() {}

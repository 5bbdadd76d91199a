// Instead: the response that the contract names
use restate_core::{Context, HandlerResult};
use restate_ui::{GreetRequest, Greeter};

struct Polite;
impl Greeter for Polite {
    async fn greet(&self, _: Context<'_>, _: GreetRequest) -> HandlerResult<String> {
        Ok(String::new())
    }
}

fn main() {}

// Instead: the context that the contract names
use restate_core::{HandlerResult, ObjectContext};
use restate_ui::{GreetRequest, GreetResponse, Greeter};

struct Polite;
impl Greeter for Polite {
    async fn greet(&self, _: ObjectContext<'_>, _: GreetRequest) -> HandlerResult<GreetResponse> {
        Ok(GreetResponse::default())
    }
}

fn main() {}

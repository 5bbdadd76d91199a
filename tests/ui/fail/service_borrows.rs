// Instead: a service that owns what it needs: `String`, or `Arc<str>`
use restate_core::{Context, HandlerResult};
use restate_ui::{GreetRequest, GreetResponse, Greeter};

struct Polite<'a>(&'a str);
impl<'a> Greeter for Polite<'a> {
    async fn greet(&self, _: Context<'_>, _: GreetRequest) -> HandlerResult<GreetResponse> {
        Ok(GreetResponse::default())
    }
}

fn main() {}

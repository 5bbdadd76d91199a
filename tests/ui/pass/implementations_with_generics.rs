#![deny(warnings)]
#![allow(dead_code, unused_variables)]

use restate_core::{Context, HandlerResult, handlers};
use restate_ui::{GreetRequest, GreetResponse, Greeter};

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

fn main() {}

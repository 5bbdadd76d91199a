#![deny(warnings)]
#![allow(dead_code, unused_variables)]

use std::future::{Future, ready};

use restate_core::{Context, HandlerResult, handlers};
use restate_ui::{GreetRequest, GreetResponse, Greeter};

struct Polite;

#[handlers]
impl Greeter for Polite {
    fn greet(
        &self,
        ctx: Context<'_>,
        _: GreetRequest,
    ) -> impl Future<Output = HandlerResult<GreetResponse>> + Send {
        println!("{}", ctx.invocation_id());
        ready(Ok(GreetResponse::default()))
    }
}

fn main() {}

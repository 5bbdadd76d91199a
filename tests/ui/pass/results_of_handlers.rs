//! A handler returns what it awaits last, and `()` where its contract says `google.protobuf.Empty`.

#![deny(warnings)]
#![allow(dead_code)]

use restate_core::{Context, HandlerResult, TerminalError, well_known::Empty};
use restate_ui::{
    Cleaner, CleanerClient, CleanerServer, GreetRequest, GreetResponse, Greeter, GreeterClient,
};

pub struct Thorough;

#[restate_core::handlers]
impl Cleaner for Thorough {
    async fn clean(&self, ctx: Context<'_>, _: Empty) -> HandlerResult<()> {
        let Empty {} = CleanerClient::new(ctx).clean(Empty {}).await?;
        Ok(())
    }
}

pub fn served() -> CleanerServer<Thorough> {
    CleanerServer::new(Thorough)
}

pub struct Literal;

#[restate_core::handlers]
impl Cleaner for Literal {
    async fn clean(&self, _: Context<'_>, request: Empty) -> HandlerResult<Empty> {
        Ok(request)
    }
}

pub struct Forwarding;

#[restate_core::handlers]
impl Greeter for Forwarding {
    async fn greet(&self, ctx: Context<'_>, request: GreetRequest) -> HandlerResult<GreetResponse> {
        if request.name.is_empty() {
            return GreeterClient::new(ctx).greet(request).await;
        }
        match request.name.as_str() {
            "step" => ctx.run(|| async { Ok(GreetResponse::default()) }).await,
            "again" => self.greet_again(ctx, request).await,
            "block" => {
                let greeter = GreeterClient::new(ctx);
                greeter.greet(request).await
            }
            _ => Err(TerminalError::not_found("no such name").into()),
        }
    }
}

impl Forwarding {
    async fn greet_again(&self, _: Context<'_>, _: GreetRequest) -> HandlerResult<GreetResponse> {
        Ok(GreetResponse::default())
    }
}

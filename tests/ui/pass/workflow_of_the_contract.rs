#![deny(warnings)]
#![allow(dead_code, unused_variables)]

use restate_core::{
    HandlerResult, SharedWorkflowContext, TerminalError, WorkflowContext, handlers,
};
use restate_ui::{GreetRequest, GreetResponse, Signup, SignupClient};

struct Mails;

#[handlers]
impl Signup for Mails {
    async fn run(
        &self,
        ctx: WorkflowContext<'_>,
        request: GreetRequest,
    ) -> HandlerResult<GreetResponse> {
        ctx.set("name", request.name);
        let greeting = ctx.promise::<String>("confirmed").await?;
        SignupClient::new(ctx, "next").run(GreetRequest::default()).one_way().await?;
        Ok(GreetResponse { greeting })
    }

    async fn confirm(
        &self,
        ctx: SharedWorkflowContext<'_>,
        request: GreetRequest,
    ) -> HandlerResult<GreetResponse> {
        match ctx.promise::<String>("confirmed").peek().await? {
            Some(_) => Err(TerminalError::with_code(409, "already confirmed"))?,
            None => ctx.promise("confirmed").resolve(request.name).await?,
        }
        Ok(GreetResponse::default())
    }
}

fn main() {}

#![deny(warnings)]
#![allow(dead_code, unused_variables)]

use restate_core::{HandlerResult, SharedWorkflowContext, WorkflowContext};

#[restate_core::workflow]
pub trait Signup {
    #[run]
    async fn start(&self, ctx: WorkflowContext<'_>) -> HandlerResult<()>;
    #[shared]
    async fn run(&self, ctx: SharedWorkflowContext<'_>) -> HandlerResult<()>;
    async fn confirm(&self, ctx: SharedWorkflowContext<'_>) -> HandlerResult<()>;
}

fn main() {}

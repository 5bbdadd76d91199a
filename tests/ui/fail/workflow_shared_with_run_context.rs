use restate_core::{HandlerResult, WorkflowContext};

#[restate_core::workflow]
pub trait Signup {
    async fn run(&self, ctx: WorkflowContext<'_>) -> HandlerResult<()>;
    async fn confirm(&self, ctx: WorkflowContext<'_>) -> HandlerResult<()>;
}

fn main() {}

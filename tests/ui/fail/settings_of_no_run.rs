use restate_core::{HandlerResult, SharedWorkflowContext, WorkflowContext};

#[restate_core::workflow]
pub trait Signup {
    async fn run(&self, ctx: WorkflowContext<'_>) -> HandlerResult<()>;
    #[handler(workflow_retention = "1d")]
    async fn confirm(&self, ctx: SharedWorkflowContext<'_>) -> HandlerResult<()>;
}

fn main() {}

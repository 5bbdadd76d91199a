use restate_core::{HandlerResult, WorkflowContext};

#[restate_core::workflow]
pub trait Signup {
    async fn run(&self, ctx: WorkflowContext<'_>) -> HandlerResult<()>;
    #[run]
    async fn again(&self, ctx: WorkflowContext<'_>) -> HandlerResult<()>;
}

fn main() {}

use restate_core::{HandlerResult, WorkflowContext};

#[restate_core::workflow]
pub trait Signup {
    #[run]
    #[shared]
    async fn start(&self, ctx: WorkflowContext<'_>) -> HandlerResult<()>;
}

fn main() {}

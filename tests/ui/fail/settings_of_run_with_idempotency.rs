use restate_core::{HandlerResult, WorkflowContext};

#[restate_core::workflow]
pub trait Signup {
    #[handler(idempotency_retention = "1d")]
    async fn run(&self, ctx: WorkflowContext<'_>) -> HandlerResult<()>;
}

fn main() {}

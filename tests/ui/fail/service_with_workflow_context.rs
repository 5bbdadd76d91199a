use restate_core::{HandlerResult, WorkflowContext};

#[restate_core::service]
pub trait Greeter {
    async fn greet(&self, ctx: WorkflowContext<'_>) -> HandlerResult<()>;
}

fn main() {}

use restate_core::{HandlerResult, WorkflowContext};

#[restate_core::workflow(retention = "1d")]
pub trait Greeter {
    async fn run(&self, ctx: WorkflowContext<'_>) -> HandlerResult<()>;
}

fn main() {}

//! A setting is refused where it has no effect.

use restate_core::{Context, HandlerResult, SharedWorkflowContext, WorkflowContext};

// Lazy state of a plain service
#[restate_core::service(lazy_state = true)]
pub trait Greeter {
    // Lazy state of a handler of a plain service
    #[handler(lazy_state = false)]
    async fn greet(&self, ctx: Context<'_>, name: String) -> HandlerResult<String>;
}

// Workflow retention of a plain service
#[restate_core::service(workflow_retention = "1d")]
pub trait Waver {
    async fn wave(&self, ctx: Context<'_>, name: String) -> HandlerResult<String>;
}

#[restate_core::workflow]
pub trait Signup {
    // Idempotency retention of the run of a workflow
    #[handler(idempotency_retention = "1d")]
    async fn run(&self, ctx: WorkflowContext<'_>) -> HandlerResult<()>;

    // Workflow retention of a shared handler
    #[handler(workflow_retention = "1d")]
    async fn confirm(&self, ctx: SharedWorkflowContext<'_>) -> HandlerResult<()>;
}

fn main() {}

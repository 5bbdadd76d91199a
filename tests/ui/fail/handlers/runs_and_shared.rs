//! A workflow has one run; objects and workflows have shared handlers.

use restate_core::{Context, HandlerResult, ObjectContext, SharedWorkflowContext, WorkflowContext};

#[restate_core::service]
pub trait Greeter {
    // `#[run]` in a plain service
    #[run]
    async fn greet(&self, ctx: Context<'_>, name: String) -> HandlerResult<String>;

    // `#[shared]` in a plain service
    #[shared]
    async fn welcome(&self, ctx: Context<'_>, name: String) -> HandlerResult<String>;
}

#[restate_core::object]
pub trait Counter {
    // `#[run]` in an object
    #[run]
    async fn add(&self, ctx: ObjectContext<'_>, amount: i64) -> HandlerResult<i64>;
}

#[restate_core::workflow]
pub trait Signup {
    async fn run(&self, ctx: WorkflowContext<'_>) -> HandlerResult<()>;

    // Second run of a workflow
    #[run]
    async fn again(&self, ctx: WorkflowContext<'_>) -> HandlerResult<()>;
}

#[restate_core::workflow]
pub trait Order {
    // Run that is also shared
    #[run]
    #[shared]
    async fn start(&self, ctx: WorkflowContext<'_>) -> HandlerResult<()>;
}

// Workflow without a run
#[restate_core::workflow]
pub trait Delivery {
    async fn confirm(&self, ctx: SharedWorkflowContext<'_>) -> HandlerResult<()>;
}

fn main() {}

//! A handler takes the context of its kind.

use restate_core::{
    Context, HandlerResult, ObjectContext, SharedWorkflowContext, WorkflowContext,
};

#[restate_core::service]
pub trait Greeter {
    // Handler of a plain service with the context of an object
    async fn greet(&self, ctx: ObjectContext<'_>) -> HandlerResult<()>;

    // Handler of a plain service with the context of a workflow
    async fn welcome(&self, ctx: WorkflowContext<'_>) -> HandlerResult<()>;
}

#[restate_core::object]
pub trait Counter {
    // Handler of an object with the context of a plain service
    async fn add(&self, ctx: Context<'_>) -> HandlerResult<()>;

    // Shared handler with an exclusive context
    #[shared]
    async fn read(&self, ctx: ObjectContext<'_>) -> HandlerResult<i64>;
}

#[restate_core::workflow]
pub trait Signup {
    // Run of a workflow with the context of an object
    async fn run(&self, ctx: ObjectContext<'_>) -> HandlerResult<()>;

    // Shared handler of a workflow with the context of its run
    async fn confirm(&self, ctx: WorkflowContext<'_>) -> HandlerResult<()>;
}

#[restate_core::workflow]
pub trait Order {
    // Run of a workflow with a shared context
    async fn run(&self, ctx: SharedWorkflowContext<'_>) -> HandlerResult<()>;
}

fn main() {}

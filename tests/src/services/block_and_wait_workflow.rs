//! A workflow that waits for a promise.

use restate_core::{
    HandlerResult, Json, SharedWorkflowContext, TerminalError, WorkflowContext, workflow,
};

/// Waits for its response.
#[workflow(name = "BlockAndWaitWorkflow")]
pub trait BlockAndWaitWorkflow {
    /// Stores the input in state, then answers with the argument of `unblock`.
    async fn run(&self, ctx: WorkflowContext<'_>, input: String) -> HandlerResult<String>;

    /// Determines the response of `run`.
    async fn unblock(&self, ctx: SharedWorkflowContext<'_>, output: String) -> HandlerResult<()>;

    /// The input of `run`, from state.
    #[handler(name = "getState")]
    async fn state(&self, ctx: SharedWorkflowContext<'_>) -> HandlerResult<Json<Option<String>>>;
}

/// Waits for a durable promise.
#[derive(Clone, Copy, Debug, Default)]
pub struct BlockAndWait;

const STATE: &str = "my-state";
const PROMISE: &str = "my-promise";

impl BlockAndWaitWorkflow for BlockAndWait {
    async fn run(&self, ctx: WorkflowContext<'_>, input: String) -> HandlerResult<String> {
        ctx.set(STATE, input);
        let output = ctx.promise::<String>(PROMISE).await?;
        if ctx.promise::<String>(PROMISE).peek().await?.is_none() {
            return Err(TerminalError::new("a promise that was awaited is not completed").into());
        }
        Ok(output)
    }

    async fn unblock(&self, ctx: SharedWorkflowContext<'_>, output: String) -> HandlerResult<()> {
        Ok(ctx.promise(PROMISE).resolve(output).await?)
    }

    async fn state(&self, ctx: SharedWorkflowContext<'_>) -> HandlerResult<Json<Option<String>>> {
        Ok(Json(ctx.get(STATE).await?))
    }
}

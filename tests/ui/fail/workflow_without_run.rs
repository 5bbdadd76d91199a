use restate_core::{HandlerResult, SharedWorkflowContext};

#[restate_core::workflow]
pub trait Signup {
    async fn confirm(&self, ctx: SharedWorkflowContext<'_>) -> HandlerResult<()>;
}

fn main() {}

// Instead: `ctx.promise("confirmed").await?`, or `.resolve(value).await?` to complete it
#![deny(unused_must_use)]
use restate_core::{WorkflowContext, HandlerResult};

async fn handler(ctx: WorkflowContext<'_>) -> HandlerResult<()> {
    ctx.promise::<String>("confirmed");
    Ok(())
}

fn main() {}

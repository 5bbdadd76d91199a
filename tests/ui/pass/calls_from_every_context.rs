#![deny(warnings)]
#![allow(dead_code, unused_variables)]

use restate_core::{
    Context, HandlerResult, ObjectContext, SharedObjectContext, SharedWorkflowContext,
    WorkflowContext,
};
use restate_ui::{GreetRequest, GreeterClient};

macro_rules! handlers {
    ($($name:ident: $context:ident),*) => {$(
        async fn $name(ctx: $context<'_>) -> HandlerResult<()> {
            ctx.one_way_call(GreeterClient::new(ctx).greet(GreetRequest::default())).await?;
            Ok(())
        }
    )*};
}

handlers!(
    service: Context,
    object: ObjectContext,
    shared_object: SharedObjectContext,
    workflow: WorkflowContext,
    shared_workflow: SharedWorkflowContext
);

fn main() {}

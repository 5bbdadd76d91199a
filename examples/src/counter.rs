use restate::{HandlerResult, ObjectContext, SharedObjectContext};

use crate::contract::counter::{AddRequest, Count, Counter, ReadRequest};

/// A counter with its value in the object's state.
#[derive(Clone, Copy, Debug, Default)]
pub struct CountInState;

impl Counter for CountInState {
    async fn add(&self, ctx: ObjectContext<'_>, request: AddRequest) -> HandlerResult<Count> {
        let value = ctx.get::<i64>("value").await?.unwrap_or_default() + request.delta;
        ctx.set("value", value);
        Ok(Count { value })
    }

    async fn read(&self, ctx: SharedObjectContext<'_>, _: ReadRequest) -> HandlerResult<Count> {
        Ok(Count { value: ctx.get::<i64>("value").await?.unwrap_or_default() })
    }
}

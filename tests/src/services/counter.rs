//! A number in state.

use restate_core::{
    HandlerResult, Json, ObjectContext, SharedObjectContext, TerminalError, object,
};
use serde::{Deserialize, Serialize};

/// The number before and after an addition.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct CounterUpdateResponse {
    /// Before.
    pub old_value: i64,
    /// After.
    pub new_value: i64,
}

/// A number for each key.
#[object(name = "Counter")]
pub trait Counter {
    /// Adds to the number.
    async fn add(
        &self,
        ctx: ObjectContext<'_>,
        value: i64,
    ) -> HandlerResult<Json<CounterUpdateResponse>>;

    /// Adds to the number, then fails with a terminal error.
    #[handler(name = "addThenFail")]
    async fn add_then_fail(&self, ctx: ObjectContext<'_>, value: i64) -> HandlerResult<()>;

    /// The number; 0 at first.
    #[shared]
    async fn get(&self, ctx: SharedObjectContext<'_>) -> HandlerResult<i64>;

    /// Makes the number 0.
    async fn reset(&self, ctx: ObjectContext<'_>) -> HandlerResult<()>;
}

/// Keeps the number in state.
#[derive(Clone, Copy, Debug, Default)]
pub struct CountInState;

const COUNT: &str = "counter";

impl Counter for CountInState {
    async fn add(
        &self,
        ctx: ObjectContext<'_>,
        value: i64,
    ) -> HandlerResult<Json<CounterUpdateResponse>> {
        Ok(Json(add(ctx, value).await?))
    }

    async fn add_then_fail(&self, ctx: ObjectContext<'_>, value: i64) -> HandlerResult<()> {
        add(ctx, value).await?;
        Err(TerminalError::new(ctx.key()).into())
    }

    async fn get(&self, ctx: SharedObjectContext<'_>) -> HandlerResult<i64> {
        Ok(ctx.get(COUNT).await?.unwrap_or_default())
    }

    async fn reset(&self, ctx: ObjectContext<'_>) -> HandlerResult<()> {
        ctx.clear(COUNT);
        Ok(())
    }
}

async fn add(ctx: ObjectContext<'_>, value: i64) -> HandlerResult<CounterUpdateResponse> {
    let old_value = ctx.get::<i64>(COUNT).await?.unwrap_or_default();
    let new_value = old_value + value;
    ctx.set(COUNT, new_value);
    Ok(CounterUpdateResponse { old_value, new_value })
}

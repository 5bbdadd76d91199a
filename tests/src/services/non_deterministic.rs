//! Handlers that behave differently in every other attempt, which handlers must not do.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use restate_core::{HandlerResult, ObjectContext, object};

use super::counter::CounterClient;

/// Breaks determinism, each handler in a different way.
#[object(name = "NonDeterministic")]
pub trait NonDeterministic {
    /// Sleeps, or calls.
    #[handler(name = "eitherSleepOrCall")]
    async fn either_sleep_or_call(&self, ctx: ObjectContext<'_>) -> HandlerResult<()>;

    /// Calls one handler, or another.
    #[handler(name = "callDifferentMethod")]
    async fn call_different_method(&self, ctx: ObjectContext<'_>) -> HandlerResult<()>;

    /// Calls one handler one-way, or another.
    #[handler(name = "backgroundInvokeWithDifferentTargets")]
    async fn background_invoke_with_different_targets(
        &self,
        ctx: ObjectContext<'_>,
    ) -> HandlerResult<()>;

    /// Writes one key of state, or another.
    #[handler(name = "setDifferentKey")]
    async fn set_different_key(&self, ctx: ObjectContext<'_>) -> HandlerResult<()>;
}

/// Counts attempts by key in memory, and behaves differently in odd and even ones.
#[derive(Clone, Debug, Default)]
pub struct Alternate(Arc<Mutex<HashMap<String, u32>>>);

impl NonDeterministic for Alternate {
    async fn either_sleep_or_call(&self, ctx: ObjectContext<'_>) -> HandlerResult<()> {
        if self.is_odd_attempt(ctx.key()) {
            ctx.sleep(MOMENT).await?;
        } else {
            CounterClient::new(ctx, "abc").get().await?;
        }
        sleep_then_count(ctx).await
    }

    async fn call_different_method(&self, ctx: ObjectContext<'_>) -> HandlerResult<()> {
        let counter = CounterClient::new(ctx, "abc");
        if self.is_odd_attempt(ctx.key()) {
            counter.get().await?;
        } else {
            counter.reset().await?;
        }
        sleep_then_count(ctx).await
    }

    async fn background_invoke_with_different_targets(
        &self,
        ctx: ObjectContext<'_>,
    ) -> HandlerResult<()> {
        let counter = CounterClient::new(ctx, "abc");
        if self.is_odd_attempt(ctx.key()) {
            counter.get().one_way().await?;
        } else {
            counter.reset().one_way().await?;
        }
        sleep_then_count(ctx).await
    }

    async fn set_different_key(&self, ctx: ObjectContext<'_>) -> HandlerResult<()> {
        let key = if self.is_odd_attempt(ctx.key()) { "a" } else { "b" };
        ctx.set(key, "my-state".to_owned());
        sleep_then_count(ctx).await
    }
}

const MOMENT: Duration = Duration::from_millis(100);

/// Sleeps, so that another attempt follows, then increments a counter that a test can read.
async fn sleep_then_count(ctx: ObjectContext<'_>) -> HandlerResult<()> {
    ctx.sleep(MOMENT).await?;
    CounterClient::new(ctx, ctx.key()).add(1).one_way().await?;
    Ok(())
}

impl Alternate {
    fn is_odd_attempt(&self, key: &str) -> bool {
        let mut attempts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let attempt = attempts.entry(key.to_owned()).or_default();
        *attempt += 1;
        *attempt % 2 == 1
    }
}

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use restate_core::{Context, HandlerResult, ObjectContext, object, service};

use crate::clock::now;

/// Longer than any measurement, so that the invocations stay suspended.
const LONG: Duration = Duration::from_secs(30 * 24 * 60 * 60);

/// The handlers that are called.
#[service]
pub(crate) trait Work {
    /// Does nothing.
    async fn greet(&self, ctx: Context<'_>, name: String) -> HandlerResult<String>;

    /// Suspends for a month.
    async fn rest(&self, ctx: Context<'_>) -> HandlerResult<()>;

    /// Records how late it was called after `due`, in milliseconds since the Unix epoch.
    async fn arrive(&self, ctx: Context<'_>, due: u64) -> HandlerResult<()>;
}

/// One invocation at a time for each key.
#[object]
pub(crate) trait Turn {
    /// Keeps the key for a month.
    async fn take(&self, ctx: ObjectContext<'_>) -> HandlerResult<()>;
}

/// Microseconds by which each call of `arrive` was late.
#[derive(Clone, Default)]
pub(crate) struct Arrivals(Arc<Mutex<Vec<u64>>>);

impl Arrivals {
    pub(crate) fn sorted(&self) -> Vec<u64> {
        let mut late = self.0.lock().unwrap_or_else(PoisonError::into_inner).clone();
        late.sort_unstable();
        late
    }
}

impl Work for Arrivals {
    async fn greet(&self, _: Context<'_>, name: String) -> HandlerResult<String> {
        Ok(name)
    }

    async fn rest(&self, ctx: Context<'_>) -> HandlerResult<()> {
        Ok(ctx.sleep(LONG).await?)
    }

    async fn arrive(&self, _: Context<'_>, due: u64) -> HandlerResult<()> {
        let due = Duration::from_millis(due);
        let late = u64::try_from(now().saturating_sub(due).as_micros()).unwrap_or(u64::MAX);
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(late);
        Ok(())
    }
}

impl Turn for Arrivals {
    async fn take(&self, ctx: ObjectContext<'_>) -> HandlerResult<()> {
        Ok(ctx.sleep(LONG).await?)
    }
}

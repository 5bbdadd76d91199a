//! Handlers and closures that fail, with terminal or transient errors.

use std::{
    collections::{BTreeMap, HashMap},
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use restate_core::{HandlerResult, Json, ObjectContext, RetryPolicy, TerminalError, object};
use serde::{Deserialize, Serialize};

/// A terminal error for the caller.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct FailureToPropagate {
    /// The message.
    pub error_message: String,
    /// The metadata; left out if it is empty, because some SDKs refuse `null`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub metadata: Option<BTreeMap<String, String>>,
}

/// Fails in different ways.
#[object(name = "Failing")]
pub trait Failing {
    /// Fails with a terminal error.
    #[handler(name = "terminallyFailingCall")]
    async fn terminally_failing_call(
        &self,
        ctx: ObjectContext<'_>,
        failure: Json<FailureToPropagate>,
    ) -> HandlerResult<()>;

    /// Fails because a called handler fails with a terminal error.
    #[handler(name = "callTerminallyFailingCall")]
    async fn call_terminally_failing_call(
        &self,
        ctx: ObjectContext<'_>,
        failure: Json<FailureToPropagate>,
    ) -> HandlerResult<String>;

    /// Fails three times, then returns the number of attempts.
    #[handler(name = "failingCallWithEventualSuccess")]
    async fn failing_call_with_eventual_success(
        &self,
        ctx: ObjectContext<'_>,
    ) -> HandlerResult<i32>;

    /// Fails with a terminal error of a `run` closure.
    #[handler(name = "terminallyFailingSideEffect")]
    async fn terminally_failing_side_effect(
        &self,
        ctx: ObjectContext<'_>,
        failure: Json<FailureToPropagate>,
    ) -> HandlerResult<()>;

    /// Runs a closure that succeeds in this attempt; returns the number of attempts.
    #[handler(name = "sideEffectSucceedsAfterGivenAttempts")]
    async fn side_effect_succeeds_after_given_attempts(
        &self,
        ctx: ObjectContext<'_>,
        minimum_attempts: i32,
    ) -> HandlerResult<i32>;

    /// Runs a closure that fails until its retry policy gives up; returns the number of attempts.
    #[handler(name = "sideEffectFailsAfterGivenAttempts")]
    async fn side_effect_fails_after_given_attempts(
        &self,
        ctx: ObjectContext<'_>,
        retry_policy_max_retry_count: i32,
    ) -> HandlerResult<i32>;
}

/// Fails as requested, and counts attempts by key in memory.
#[derive(Clone, Debug, Default)]
pub struct Fail {
    handlers: Attempts,
    closures: Attempts,
}

const ATTEMPTS_TO_SUCCESS: i32 = 4;

impl Failing for Fail {
    async fn terminally_failing_call(
        &self,
        _: ObjectContext<'_>,
        Json(failure): Json<FailureToPropagate>,
    ) -> HandlerResult<()> {
        Err(terminal(failure).into())
    }

    async fn call_terminally_failing_call(
        &self,
        ctx: ObjectContext<'_>,
        failure: Json<FailureToPropagate>,
    ) -> HandlerResult<String> {
        let other = FailingClient::new(ctx, ctx.uuid().to_string());
        other.terminally_failing_call(failure).await?;
        Err(TerminalError::new("the call that fails has returned").into())
    }

    async fn failing_call_with_eventual_success(
        &self,
        ctx: ObjectContext<'_>,
    ) -> HandlerResult<i32> {
        let attempt = self.handlers.count(ctx.key());
        if attempt < ATTEMPTS_TO_SUCCESS {
            return Err(format!("failed at attempt {attempt}").into());
        }
        Ok(attempt)
    }

    async fn terminally_failing_side_effect(
        &self,
        ctx: ObjectContext<'_>,
        Json(failure): Json<FailureToPropagate>,
    ) -> HandlerResult<()> {
        let run: Result<(), TerminalError> =
            ctx.run(|| async move { Err(terminal(failure).into()) }).await;
        run?;
        Err(TerminalError::new("the closure that fails has returned").into())
    }

    async fn side_effect_succeeds_after_given_attempts(
        &self,
        ctx: ObjectContext<'_>,
        minimum_attempts: i32,
    ) -> HandlerResult<i32> {
        let effect = || async {
            let attempt = self.closures.count(ctx.key());
            if attempt < minimum_attempts {
                return Err(format!("failed at attempt {attempt}").into());
            }
            Ok(attempt)
        };
        Ok(ctx.run(effect).name("fails for a while").retry_policy(quick()).await?)
    }

    async fn side_effect_fails_after_given_attempts(
        &self,
        ctx: ObjectContext<'_>,
        retry_policy_max_retry_count: i32,
    ) -> HandlerResult<i32> {
        let effect = || async {
            let attempt = self.closures.count(ctx.key());
            HandlerResult::<()>::Err(format!("failed at attempt {attempt}").into())
        };
        let attempts = u32::try_from(retry_policy_max_retry_count)?;
        let policy = quick().max_attempts(attempts);
        match ctx.run(effect).name("fails for ever").retry_policy(policy).await {
            Ok(()) => Err(TerminalError::new("the closure that fails has returned").into()),
            Err(_) => Ok(self.closures.so_far(ctx.key())),
        }
    }
}

fn terminal(failure: FailureToPropagate) -> TerminalError {
    let metadata = failure.metadata.unwrap_or_default();
    metadata.into_iter().fold(TerminalError::new(failure.error_message), |error, (key, value)| {
        error.with_metadata(key, value)
    })
}

fn quick() -> RetryPolicy {
    RetryPolicy::new().initial_interval(Duration::from_millis(10)).factor(1.0)
}

/// The number of attempts by key.
#[derive(Clone, Debug, Default)]
struct Attempts(Arc<Mutex<HashMap<String, i32>>>);

impl Attempts {
    /// Counts an attempt, and returns the number so far.
    fn count(&self, key: &str) -> i32 {
        let mut attempts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let count = attempts.entry(key.to_owned()).or_default();
        *count += 1;
        *count
    }

    fn so_far(&self, key: &str) -> i32 {
        let attempts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        attempts.get(key).copied().unwrap_or_default()
    }
}

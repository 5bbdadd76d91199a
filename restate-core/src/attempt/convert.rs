//! Values and failures, to and from the state machine's types.

use std::{error::Error, fmt, time::Duration};

use bytes::Bytes;
use restate_sdk_shared_core::{self as vm, NonEmptyValue, TerminalFailure, Value};

use crate::{
    contract::{retry_policy::RetryPolicy, settings::OnMaxAttempts},
    error::{Next, TerminalError, with_causes},
    payload::{
        Encoding, Payload, PayloadError, ValueFor,
        unnamed::{decode_given, decode_likely, encode_given},
    },
};

/// The bytes of a notification with a success or a failure.
pub(crate) fn response(value: Value) -> Result<Bytes, TerminalError> {
    match value {
        Value::Success(bytes) => Ok(bytes),
        Value::Failure(failure) => Err(terminal(failure)),
        Value::Void | Value::StateKeys(_) | Value::InvocationId(_) => Ok(Bytes::new()),
    }
}

fn terminal(failure: TerminalFailure) -> TerminalError {
    let TerminalFailure { code, message, metadata } = failure;
    metadata.into_iter().fold(TerminalError::with_code(code, message), |error, (key, value)| {
        error.with_metadata(key, value)
    })
}

/// Reads a notification that says only that something has happened.
pub(crate) fn nothing(value: Value) -> Result<(), TerminalError> {
    response(value).map(|_| ())
}

/// Reads a notification that is a value from anyone or a failure: a handler in another language may
/// have sent it, or a user interface.
pub(crate) fn value<T: Payload>(value: Value) -> Result<T, TerminalError> {
    decode_given(response(value)?).map_err(|error| unreadable(&error))
}

/// Reads a notification that is a value from this service itself, such as of its state, or a failure.
///
/// It is in the preferred encoding, unless people have changed it.
pub(crate) fn own_value<T: Payload>(value: Value) -> Result<T, TerminalError> {
    likely_value(value, T::FORMAT.preferred())
}

/// Reads a notification that is a value, probably in this encoding, or a failure.
pub(crate) fn likely_value<T: Payload>(value: Value, likely: Encoding) -> Result<T, TerminalError> {
    decode_likely(response(value)?, T::FORMAT.sent(Some(likely)))
        .map_err(|error| unreadable(&error))
}

fn unreadable(error: &PayloadError) -> TerminalError {
    TerminalError::new(format!("cannot read what is stored: {error}"))
}

/// Reads a notification that may be nothing, and otherwise is what `read` reads.
pub(crate) fn optional<T>(
    value: Value,
    read: impl FnOnce(Value) -> Result<T, TerminalError>,
) -> Result<Option<T>, TerminalError> {
    match value {
        Value::Void => Ok(None),
        present => read(present).map(Some),
    }
}

/// A value for another invocation, as the state machine takes it.
pub(crate) fn encode<T: Payload>(value: &impl ValueFor<T>) -> Result<NonEmptyValue, TerminalError> {
    match encode_given(value) {
        Ok((bytes, _)) => Ok(NonEmptyValue::Success(bytes)),
        Err(error) => Err(TerminalError::new(format!("cannot encode the value: {error}"))),
    }
}

/// A terminal error as the state machine takes it.
pub(crate) fn failure(error: &TerminalError) -> TerminalFailure {
    TerminalFailure {
        code: error.code(),
        message: error.message().to_owned(),
        metadata: error.metadata().map(|(key, value)| (key.to_owned(), value.to_owned())).collect(),
    }
}

/// Where in an invocation an error occurred.
pub(crate) struct FailedAt {
    /// The run step, if it was one.
    pub(crate) step: Option<String>,
    pub(crate) attempt: u32,
}

impl fmt::Display for FailedAt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.step {
            Some(step) => write!(f, "[{step}, attempt {}]", self.attempt),
            None => write!(f, "[attempt {}]", self.attempt),
        }
    }
}

/// Any other error as the state machine takes it.
///
/// The message is what the caller gets after the last attempt, so it has all causes. It also says where
/// the error occurred: an engine knows that, but does not tell the caller.
pub(crate) fn retryable(error: &(dyn Error + 'static), next: Next, at: &FailedAt) -> vm::Error {
    let failed = vm::Error::internal(format!("{} {at}", with_causes(error)))
        .with_stacktrace(format!("{error:?}"));
    match next {
        Next::Retry => failed,
        Next::RetryAfter(delay) => {
            failed.with_next_retry_delay_override(delay.min(RetryPolicy::MAX_DELAY))
        }
        Next::Pause => failed.with_should_pause(true),
    }
}

/// The policy of a `run` closure as the state machine takes it.
pub(crate) fn run_retry_policy(
    policy: RetryPolicy,
    max_duration: Option<Duration>,
    on_max_attempts: OnMaxAttempts,
) -> vm::RetryPolicy {
    /// Used where a policy sets any value but this one.
    const INITIAL_INTERVAL: Duration = Duration::from_millis(50);

    let is_unset = policy == RetryPolicy::new() && max_duration.is_none();
    if is_unset && on_max_attempts == OnMaxAttempts::Kill {
        // The engine decides the delays, as it does for handlers.
        return vm::RetryPolicy::Infinite;
    }
    #[expect(clippy::cast_possible_truncation, reason = "rounding is what an `f32` does")]
    let factor = policy.factor.unwrap_or(2.0) as f32;
    vm::RetryPolicy::exponential(
        policy.initial_interval.unwrap_or(INITIAL_INTERVAL),
        factor,
        policy.max_attempts,
        Some(policy.max_interval.unwrap_or(RetryPolicy::MAX_DELAY).min(RetryPolicy::MAX_DELAY)),
        max_duration,
        match on_max_attempts {
            OnMaxAttempts::Pause => vm::OnMaxAttempts::Pause,
            OnMaxAttempts::Kill => vm::OnMaxAttempts::FailAsTerminal,
        },
    )
}

/// The policy with this delay before the next attempt: the state machine takes a delay of a `run` closure from
/// its policy only.
pub(crate) fn after(delay: Duration, policy: vm::RetryPolicy) -> vm::RetryPolicy {
    let interval = Some(delay.min(RetryPolicy::MAX_DELAY));
    match policy {
        vm::RetryPolicy::Exponential { max_attempts, max_duration, on_max_attempts, .. }
        | vm::RetryPolicy::FixedDelay { max_attempts, max_duration, on_max_attempts, .. } => {
            vm::RetryPolicy::FixedDelay { interval, max_attempts, max_duration, on_max_attempts }
        }
        vm::RetryPolicy::Infinite => vm::RetryPolicy::FixedDelay {
            interval,
            max_attempts: None,
            max_duration: None,
            on_max_attempts: vm::OnMaxAttempts::FailAsTerminal,
        },
        vm::RetryPolicy::None => policy,
    }
}

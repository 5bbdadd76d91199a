//! Retrying of `run` closures.

use std::time::Duration;

use restate_sdk_shared_core::{self as vm, OnMaxAttempts};

/// When a `run` closure that fails is tried again, and when no more.
///
/// ```
/// use std::time::Duration;
/// use restate_core::RetryPolicy;
///
/// let policy = RetryPolicy::new()
///     .initial_delay(Duration::from_millis(100))
///     .max_delay(Duration::from_secs(10))
///     .max_attempts(5);
/// # let _ = policy;
/// ```
#[derive(Clone, Debug, Default, PartialEq)]
pub struct RetryPolicy {
    initial_delay: Option<Duration>,
    factor: Option<f32>,
    max_delay: Option<Duration>,
    max_attempts: Option<u32>,
    max_duration: Option<Duration>,
    pause: bool,
}

impl RetryPolicy {
    /// Retries for ever, as fast as the engine retries handlers.
    pub fn new() -> Self {
        Self::default()
    }

    /// Delay after the first failure; 50 ms when other settings ask for delays.
    #[must_use]
    pub fn initial_delay(mut self, delay: Duration) -> Self {
        self.initial_delay = Some(delay);
        self
    }

    /// What each delay is multiplied by to get the next; 2 unless set.
    #[must_use]
    pub fn factor(mut self, factor: f32) -> Self {
        self.factor = Some(factor);
        self
    }

    /// No delay grows longer than this.
    #[must_use]
    pub fn max_delay(mut self, delay: Duration) -> Self {
        self.max_delay = Some(delay);
        self
    }

    /// After so many failed attempts the failure becomes terminal.
    #[must_use]
    pub fn max_attempts(mut self, attempts: u32) -> Self {
        self.max_attempts = Some(attempts);
        self
    }

    /// Once retrying has taken this long the failure becomes terminal.
    #[must_use]
    pub fn max_duration(mut self, duration: Duration) -> Self {
        self.max_duration = Some(duration);
        self
    }

    /// When no more attempts are left, pauses the invocation until somebody resumes it, in place of
    /// making the failure terminal. Needs version 7 of the service protocol.
    #[must_use]
    pub fn pause_when_exhausted(mut self) -> Self {
        self.pause = true;
        self
    }

    pub(crate) fn to_vm(&self) -> vm::RetryPolicy {
        if *self == Self::default() {
            return vm::RetryPolicy::Infinite;
        }
        vm::RetryPolicy::exponential(
            self.initial_delay.unwrap_or(Duration::from_millis(50)),
            self.factor.unwrap_or(2.0),
            self.max_attempts,
            self.max_delay,
            self.max_duration,
            if self.pause { OnMaxAttempts::Pause } else { OnMaxAttempts::FailAsTerminal },
        )
    }
}

use std::time::Duration;

use restate_core::{HandlerKind, OnMaxAttempts, Retries};

/// How an engine treats its invocations.
#[derive(Clone, Debug)]
pub(crate) struct Settings {
    pub(crate) retries: Backoff,
    /// An attempt that sends and receives nothing for so long is asked to suspend.
    pub(crate) inactivity_timeout: Duration,
    /// An attempt that has not suspended so long after it was asked to is stopped.
    pub(crate) abort_timeout: Duration,
    /// How long results are kept for those who may ask later.
    pub(crate) retention: Duration,
    /// How long the journals of those are kept, which may be shorter.
    pub(crate) journal_retention: Duration,
    /// In a test: every result is retained, and a handler that departs from its journal fails.
    pub(crate) rehearsal: bool,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            retries: Backoff::default(),
            inactivity_timeout: Duration::from_secs(60),
            abort_timeout: Duration::from_secs(600),
            retention: Duration::from_secs(24 * 60 * 60),
            journal_retention: Duration::ZERO,
            rehearsal: false,
        }
    }
}

impl Settings {
    /// These settings, with what the contract of a handler asks for.
    pub(crate) fn of(&self, kind: HandlerKind, contract: &restate_core::Settings) -> Self {
        let restate_core::Settings {
            inactivity_timeout,
            abort_timeout,
            journal_retention,
            idempotency_retention,
            workflow_retention,
            retries,
            ..
        } = *contract;
        let retention =
            if kind == HandlerKind::Run { workflow_retention } else { idempotency_retention };
        Self {
            retries: self.retries.clone().with(&retries),
            inactivity_timeout: inactivity_timeout.unwrap_or(self.inactivity_timeout),
            abort_timeout: abort_timeout.unwrap_or(self.abort_timeout),
            retention: retention.unwrap_or(self.retention),
            journal_retention: journal_retention.unwrap_or(self.journal_retention),
            rehearsal: self.rehearsal,
        }
    }
}

/// What an engine has done before it acknowledges something.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Durability {
    /// It is on the disk: neither a crash of the process nor a power failure loses it.
    #[default]
    Full,
    /// It was handed to the operating system: a crash of the process does not lose it, but a
    /// power failure or a crash of the system may lose the last moments, acknowledged or not.
    ///
    /// What is left then is whole, as of one point in time. Handlers that had finished may run
    /// once more, and what they told others outside cannot be taken back.
    Relaxed,
}

/// How long an engine waits before it tries a failed handler again.
///
/// Unless set otherwise: 100 ms, doubled after each failure up to 10 s, without an end.
///
/// ```
/// use std::time::Duration;
/// use restate_embedded::Backoff;
///
/// let backoff = Backoff::default().initial(Duration::from_millis(10)).attempts(5);
/// # let _ = backoff;
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Backoff {
    initial: Duration,
    factor: f64,
    longest: Duration,
    attempts: Option<u32>,
    at_the_end: OnMaxAttempts,
}

impl Default for Backoff {
    fn default() -> Self {
        Self {
            initial: Duration::from_millis(100),
            factor: 2.0,
            longest: Duration::from_secs(10),
            attempts: None,
            at_the_end: OnMaxAttempts::Pause,
        }
    }
}

impl Backoff {
    /// The delay after the first failure.
    #[must_use]
    pub fn initial(mut self, delay: Duration) -> Self {
        self.initial = delay;
        self
    }

    /// What each delay is multiplied by to get the next; at least 1.
    #[must_use]
    pub fn factor(mut self, factor: f64) -> Self {
        self.factor = factor.max(1.0);
        self
    }

    /// No delay is longer than this.
    #[must_use]
    pub fn longest(mut self, delay: Duration) -> Self {
        self.longest = delay;
        self
    }

    /// After so many failures in a row, without progress between them, an invocation is paused.
    #[must_use]
    pub fn attempts(mut self, attempts: u32) -> Self {
        self.attempts = Some(attempts);
        self
    }

    /// After the last attempt an invocation ends with its error, instead of being paused.
    #[must_use]
    pub fn kill(mut self) -> Self {
        self.at_the_end = OnMaxAttempts::Kill;
        self
    }

    fn with(self, contract: &Retries) -> Self {
        let attempts = contract.max_attempts.map(|n| u32::try_from(n).unwrap_or(u32::MAX));
        Self {
            initial: contract.initial_interval.unwrap_or(self.initial),
            factor: contract.factor.unwrap_or(self.factor).max(1.0),
            longest: contract.max_interval.unwrap_or(self.longest),
            attempts: attempts.or(self.attempts),
            at_the_end: contract.on_max_attempts.unwrap_or(self.at_the_end),
        }
    }

    /// The delay after this many failures in a row, or what happens if there were too many.
    pub(crate) fn delay(&self, failures: u32) -> Result<Duration, OnMaxAttempts> {
        if self.attempts.is_some_and(|attempts| failures >= attempts) {
            return Err(self.at_the_end);
        }
        let steps = i32::try_from(failures.saturating_sub(1)).unwrap_or(i32::MAX);
        let seconds = self.initial.as_secs_f64() * self.factor.powi(steps);
        Ok(Duration::try_from_secs_f64(seconds).unwrap_or(self.longest).min(self.longest))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn delays_double_up_to_the_longest() {
        let backoff = Backoff::default();
        let delays = [1, 2, 3, 7, 8, 1_000_000].map(|n| backoff.delay(n).unwrap().as_millis());
        assert_eq!(delays, [100, 200, 400, 6400, 10_000, 10_000]);
    }

    #[test]
    fn after_the_last_attempt_there_is_no_delay() {
        let backoff = Backoff::default().attempts(2);
        assert_eq!(backoff.delay(1), Ok(Duration::from_millis(100)));
        assert_eq!(backoff.delay(2), Err(OnMaxAttempts::Pause));
        let contract = Retries::new().max_attempts(3).kill_on_max_attempts();
        assert_eq!(backoff.with(&contract).delay(3), Err(OnMaxAttempts::Kill));
    }
}

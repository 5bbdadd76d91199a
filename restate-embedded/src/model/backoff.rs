use std::time::Duration;

use restate_core::{OnMaxAttempts, RetryPolicy};

/// The delays between the attempts of an invocation that fails.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Backoff {
    pub(crate) initial: Duration,
    pub(crate) factor: f64,
    pub(crate) longest: Duration,
    pub(crate) attempts: Option<u32>,
    pub(crate) at_the_end: OnMaxAttempts,
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
    /// These delays, overridden by what `policy` and `on_max_attempts` set.
    pub(crate) fn with(
        &self,
        policy: &RetryPolicy,
        on_max_attempts: Option<OnMaxAttempts>,
    ) -> Self {
        Self {
            initial: policy.initial_interval.unwrap_or(self.initial),
            factor: policy.factor.unwrap_or(self.factor).max(1.0),
            longest: policy.max_interval.unwrap_or(self.longest).min(RetryPolicy::MAX_DELAY),
            attempts: policy.max_attempts.or(self.attempts),
            at_the_end: on_max_attempts.unwrap_or(self.at_the_end),
        }
    }

    /// The delay after this many failures in a row, or what to do after too many.
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
    fn delays_double_up_to_the_maximum() {
        let backoff = Backoff::default();
        let delays = [1, 2, 3, 7, 8, 1_000_000].map(|n| backoff.delay(n).unwrap().as_millis());
        assert_eq!(delays, [100, 200, 400, 6400, 10_000, 10_000]);
    }

    #[test]
    fn after_the_last_attempt_there_is_no_delay() {
        let backoff = Backoff::default().with(&RetryPolicy::new().max_attempts(2), None);
        assert_eq!(backoff.delay(1), Ok(Duration::from_millis(100)));
        assert_eq!(backoff.delay(2), Err(OnMaxAttempts::Pause));
        let contract = RetryPolicy::new().max_attempts(3);
        assert_eq!(
            backoff.with(&contract, Some(OnMaxAttempts::Kill)).delay(3),
            Err(OnMaxAttempts::Kill)
        );
    }
}

use std::time::Duration;

/// How an engine treats its invocations.
#[derive(Clone, Debug)]
pub(crate) struct Settings {
    pub(crate) retries: Backoff,
    /// An attempt that sends and receives nothing for so long is asked to suspend.
    pub(crate) inactivity_timeout: Duration,
    /// How long results are kept for those who may ask later.
    pub(crate) retention: Duration,
    /// How long the journals of those are kept, which may be shorter.
    pub(crate) journal_retention: Duration,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            retries: Backoff::default(),
            inactivity_timeout: Duration::from_secs(60),
            retention: Duration::from_secs(24 * 60 * 60),
            journal_retention: Duration::ZERO,
        }
    }
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
}

impl Default for Backoff {
    fn default() -> Self {
        Self {
            initial: Duration::from_millis(100),
            factor: 2.0,
            longest: Duration::from_secs(10),
            attempts: None,
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

    /// The delay after this many failures in a row, or `None` if there were too many.
    pub(crate) fn delay(&self, failures: u32) -> Option<Duration> {
        if self.attempts.is_some_and(|attempts| failures >= attempts) {
            return None;
        }
        let steps = i32::try_from(failures.saturating_sub(1)).unwrap_or(i32::MAX);
        let seconds = self.initial.as_secs_f64() * self.factor.powi(steps);
        Some(Duration::try_from_secs_f64(seconds).unwrap_or(self.longest).min(self.longest))
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
        assert_eq!(backoff.delay(1), Some(Duration::from_millis(100)));
        assert_eq!(backoff.delay(2), None);
    }
}

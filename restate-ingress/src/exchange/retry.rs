//! When a request is retried.

use std::time::Duration;

/// How often, and after which delays, requests are retried that are safe to retry.
///
/// Each delay is shortened by a random part of up to one half, so that clients that failed together do
/// not retry together. A `retry-after` in the response is a lower limit.
///
/// ```
/// use std::time::Duration;
/// use restate_ingress::RetryPolicy;
///
/// let patient = RetryPolicy::new().max_attempts(30).max_delay(Duration::from_secs(30));
/// # let _ = patient;
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct RetryPolicy {
    initial_delay: Duration,
    factor: f64,
    max_delay: Duration,
    max_attempts: u32,
}

impl RetryPolicy {
    /// Ten attempts; delays from 100 ms, doubling up to 10 s.
    pub const fn new() -> Self {
        Self {
            initial_delay: Duration::from_millis(100),
            factor: 2.0,
            max_delay: Duration::from_secs(10),
            max_attempts: 10,
        }
    }

    /// Sends everything once only.
    pub const fn never() -> Self {
        Self::new().max_attempts(1)
    }

    /// The longest delay after the first attempt.
    #[must_use]
    pub const fn initial_delay(mut self, delay: Duration) -> Self {
        self.initial_delay = delay;
        self
    }

    /// What each delay is multiplied by to get the next; less than 1 counts as 1.
    #[must_use]
    pub const fn factor(mut self, factor: f64) -> Self {
        self.factor = factor;
        self
    }

    /// No delay grows longer than this.
    #[must_use]
    pub const fn max_delay(mut self, delay: Duration) -> Self {
        self.max_delay = delay;
        self
    }

    /// How often a request is sent at most, the first time included.
    #[must_use]
    pub const fn max_attempts(mut self, attempts: u32) -> Self {
        self.max_attempts = attempts;
        self
    }

    /// How long to wait after attempt number `attempt`, counted from 1, or `None` if it was the
    /// last. `chance` is from 0 to 1.
    pub(crate) fn delay_after(&self, attempt: u32, chance: f64) -> Option<Duration> {
        if attempt >= self.max_attempts {
            return None;
        }
        let exponent = i32::try_from(attempt - 1).unwrap_or(i32::MAX);
        let seconds = self.initial_delay.as_secs_f64() * self.factor.max(1.0).powi(exponent);
        let delay = seconds.min(self.max_delay.as_secs_f64());
        let delay = Duration::try_from_secs_f64(delay * (1.0 - chance / 2.0));
        Some(delay.unwrap_or(self.max_delay))
    }
}

impl Default for RetryPolicy {
    fn default() -> Self {
        Self::new()
    }
}

/// Whether a request that the ingress itself refused with this status may succeed later: request
/// timeout, too early, too many requests, and errors of servers.
pub(crate) fn is_transient(status: u16) -> bool {
    matches!(status, 408 | 425 | 429 | 500..=599)
}

#[cfg(test)]
mod tests {
    use super::*;

    const POLICY: RetryPolicy = RetryPolicy::new();

    #[test]
    fn delays_double_up_to_the_longest() {
        let delays = |attempts: std::ops::RangeInclusive<u32>| {
            attempts
                .map(|attempt| POLICY.delay_after(attempt, 0.0).unwrap().as_millis())
                .collect::<Vec<_>>()
        };
        assert_eq!(delays(1..=9), [100, 200, 400, 800, 1600, 3200, 6400, 10_000, 10_000]);
    }

    #[test]
    fn chance_takes_up_to_half_of_a_delay() {
        assert_eq!(POLICY.delay_after(1, 1.0), Some(Duration::from_millis(50)));
    }

    #[test]
    fn the_last_attempt_is_the_last() {
        assert_eq!(POLICY.delay_after(10, 0.0), None);
        assert_eq!(RetryPolicy::never().delay_after(1, 0.0), None);
        assert_eq!(POLICY.max_attempts(0).delay_after(1, 0.0), None);
    }

    #[test]
    fn no_setting_makes_a_delay_that_cannot_be() {
        for factor in [f64::NAN, f64::INFINITY, -1.0, 0.0] {
            let policy = POLICY.factor(factor).max_attempts(u32::MAX);
            assert!(policy.delay_after(u32::MAX - 1, 0.5).unwrap() <= Duration::from_secs(10));
        }
        let endless = POLICY.initial_delay(Duration::MAX).max_delay(Duration::MAX);
        assert_eq!(endless.delay_after(1, 0.0), Some(Duration::MAX));
    }

    #[test]
    fn only_some_statuses_are_transient() {
        for status in [408, 425, 429, 500, 502, 503, 504, 599] {
            assert!(is_transient(status), "{status}");
        }
        for status in [200, 202, 301, 400, 401, 403, 404, 409, 413, 415, 418, 470] {
            assert!(!is_transient(status), "{status}");
        }
    }
}

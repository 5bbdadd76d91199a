//! When a request is retried.

use std::time::Duration;

use restate_core::RetryPolicy;

/// How long to wait after attempt number `attempt`, counted from 1, or `None` if it was the last.
///
/// `chance` is from 0 to 1: up to half of a delay is left out, so that clients that failed together do
/// not come back together.
pub(crate) fn delay_after(policy: &RetryPolicy, attempt: u32, chance: f64) -> Option<Duration> {
    if attempt >= policy.max_attempts.unwrap_or(MAX_ATTEMPTS) {
        return None;
    }
    let longest = policy.max_interval.unwrap_or(MAX_INTERVAL);
    let first = policy.initial_interval.unwrap_or(INITIAL_INTERVAL);
    let exponent = i32::try_from(attempt - 1).unwrap_or(i32::MAX);
    let factor = policy.factor.unwrap_or(FACTOR).max(1.0);
    let delay = (first.as_secs_f64() * factor.powi(exponent)).min(longest.as_secs_f64());
    Some(Duration::try_from_secs_f64(delay * (1.0 - chance / 2.0)).unwrap_or(longest))
}

// Together about a minute: longer than a server needs to restart.
const MAX_ATTEMPTS: u32 = 10;
const INITIAL_INTERVAL: Duration = Duration::from_millis(100);
const FACTOR: f64 = 2.0;
const MAX_INTERVAL: Duration = Duration::from_secs(10);

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
                .map(|attempt| delay_after(&POLICY, attempt, 0.0).unwrap().as_millis())
                .collect::<Vec<_>>()
        };
        assert_eq!(delays(1..=9), [100, 200, 400, 800, 1600, 3200, 6400, 10_000, 10_000]);
    }

    #[test]
    fn chance_takes_up_to_half_of_a_delay() {
        assert_eq!(delay_after(&POLICY, 1, 1.0), Some(Duration::from_millis(50)));
    }

    #[test]
    fn the_last_attempt_is_the_last() {
        assert_eq!(delay_after(&POLICY, 10, 0.0), None);
        assert_eq!(delay_after(&POLICY.max_attempts(1), 1, 0.0), None);
        assert_eq!(delay_after(&POLICY.max_attempts(0), 1, 0.0), None);
    }

    #[test]
    fn no_setting_makes_a_delay_that_cannot_be() {
        for factor in [f64::MAX, f64::MIN_POSITIVE] {
            let policy = POLICY.factor(factor).max_attempts(u32::MAX);
            assert!(delay_after(&policy, u32::MAX - 1, 0.5).unwrap() <= Duration::from_secs(10));
        }
        let endless = POLICY.initial_interval(Duration::MAX).max_interval(Duration::MAX);
        assert_eq!(delay_after(&endless, 1, 0.0), Some(Duration::MAX));
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

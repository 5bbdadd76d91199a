//! Which streams do not run in the task of their connection, and for how long.

use std::{
    sync::Mutex,
    time::{Duration, Instant},
};

use super::lock;

/// A poll that takes this long is slow. The costs of a task of its own, some microseconds of
/// scheduling and wake-ups, are small beside it.
pub(super) const SLOW_POLL: Duration = Duration::from_micros(200);

/// How long after a slow poll new streams start in tasks of their own. The handlers of a connection
/// are alike: where one computes, the next one is likely to.
const BACKOFF: Duration = Duration::from_millis(100);

/// Remembers slow polls of a connection's streams.
#[derive(Default)]
pub(super) struct Backoff {
    until: Mutex<Option<Instant>>,
}

impl Backoff {
    /// Records a poll; true if it was slow.
    pub(super) fn record(&self, start: Instant, end: Instant) -> bool {
        let is_slow = end - start >= SLOW_POLL;
        if is_slow {
            *lock(&self.until) = Some(end + BACKOFF);
        }
        is_slow
    }

    /// Whether new streams start in tasks of their own.
    pub(super) fn is_active(&self, now: Instant) -> bool {
        lock(&self.until).is_some_and(|until| now < until)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::executor::now;

    #[test]
    fn a_slow_poll_starts_a_backoff_and_a_fast_one_does_not() {
        let backoff = Backoff::default();
        let start = now();
        assert!(!backoff.record(start, start + SLOW_POLL / 2));
        assert!(!backoff.is_active(start + SLOW_POLL / 2));
        let end = start + SLOW_POLL;
        assert!(backoff.record(start, end));
        assert!(backoff.is_active(end));
        assert!(!backoff.is_active(end + BACKOFF));
    }
}

use std::{
    sync::{Mutex, PoisonError},
    time::{Duration, Instant},
};

/// Notices that a test waits for what will not happen.
///
/// In real time: the test itself, or a task beside it, may be about to complete an awakeable.
#[derive(Debug)]
pub(super) struct Stall {
    timeout: Duration,
    since: Mutex<Option<Instant>>,
}

impl Stall {
    pub(super) fn new(timeout: Duration) -> Self {
        Self { timeout, since: Mutex::default() }
    }

    /// How long to wait until the test is told; zero once, when it is to be told now.
    pub(super) fn time_left(&self, is_stalled: bool) -> Duration {
        let mut since = self.since.lock().unwrap_or_else(PoisonError::into_inner);
        if !is_stalled {
            *since = None;
            return Duration::MAX;
        }
        let left = self.timeout.saturating_sub(since.get_or_insert_with(instant).elapsed());
        if left.is_zero() {
            *since = None;
        }
        left
    }
}

impl Default for Stall {
    fn default() -> Self {
        Self::new(Duration::from_secs(10))
    }
}

#[expect(clippy::disallowed_methods, reason = "virtual time does not pass while a test is stalled")]
fn instant() -> Instant {
    Instant::now()
}

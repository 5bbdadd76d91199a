use std::{
    sync::atomic::{AtomicU64, Ordering},
    time::Duration,
};

use restate_core::engine::Clock;

/// When tests start: a November in 2023.
const START: u64 = 1_700_000_000_000;

/// A clock that stands still until it is set.
#[derive(Debug)]
pub(crate) struct VirtualClock {
    millis: AtomicU64,
}

impl Default for VirtualClock {
    fn default() -> Self {
        Self { millis: AtomicU64::new(START) }
    }
}

impl VirtualClock {
    /// Time since the clock was made.
    pub(crate) fn elapsed(&self) -> Duration {
        Duration::from_millis(self.millis() - START)
    }

    /// Milliseconds since the Unix epoch.
    pub(crate) fn millis(&self) -> u64 {
        self.millis.load(Ordering::SeqCst)
    }

    /// Jumps to this time, unless it has passed.
    pub(crate) fn skip_to(&self, millis: u64) {
        self.millis.fetch_max(millis, Ordering::SeqCst);
    }
}

impl Clock for VirtualClock {
    fn now(&self) -> Duration {
        Duration::from_millis(self.millis())
    }
}

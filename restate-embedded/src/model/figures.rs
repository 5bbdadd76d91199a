//! What an engine counts.
//!
//! The machine, the driver and the servers count here, and `engine/metrics.rs` shows it. Nothing decides
//! by it.

use std::sync::Arc;

use restate_core::metrics::{Bounds, Counter, Gauge, Histogram, LATENCY, QUICK};

/// Writes in a group.
const WRITES: Bounds =
    Bounds { values: &[1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024, 4096], per_unit: 1.0 };

/// Times of invocations, in the milliseconds in which the machine reckons.
const DURATION: Bounds = Bounds {
    values: &[
        1, 2, 5, 10, 25, 50, 100, 250, 500, 1_000, 2_500, 10_000, 60_000, 600_000, 3_600_000,
        86_400_000,
    ],
    per_unit: 1000.0,
};

/// What is counted for one handler.
#[derive(Debug)]
pub(crate) struct HandlerFigures {
    /// Requests from outside, by their [`RequestOutcome`].
    pub(crate) requests: [Counter; RequestOutcome::NAMES.len()],
    /// How long they took, until their response began.
    pub(crate) request_time: Histogram,
    pub(crate) created: Counter,
    /// Of those that have ended.
    pub(crate) failed: Counter,
    /// From the arrival of an invocation to its end, in milliseconds; of all that have ended.
    pub(crate) duration: Histogram,
    pub(crate) attempts: Counter,
    pub(crate) failed_attempts: Counter,
    pub(crate) retries: Counter,
    pub(crate) suspensions: Counter,
    /// Invocations in memory, by their [`StatusName`].
    pub(crate) invocations: [Gauge; StatusName::ALL.len()],
}

impl Default for HandlerFigures {
    fn default() -> Self {
        Self {
            requests: Default::default(),
            request_time: Histogram::new(&LATENCY),
            created: Counter::default(),
            failed: Counter::default(),
            duration: Histogram::new(&DURATION),
            attempts: Counter::default(),
            failed_attempts: Counter::default(),
            retries: Counter::default(),
            suspensions: Counter::default(),
            invocations: Default::default(),
        }
    }
}

/// What came of a request to call or send.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum RequestOutcome {
    /// It has a result, or was accepted.
    Succeeded,
    /// The handler has failed.
    Failed,
    /// The engine has not carried it out, or its client has not waited for the result.
    Refused,
}

impl RequestOutcome {
    /// The names of all, in their order.
    pub(crate) const NAMES: [&str; 3] = ["succeeded", "failed", "refused"];
}

impl HandlerFigures {
    /// Counts a request.
    pub(crate) fn request(&self, outcome: RequestOutcome, took: std::time::Duration) {
        self.requests[outcome as usize].count();
        self.request_time.observe_time(took);
    }
}

/// What an invocation in memory does, as the admin interface names it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum StatusName {
    Scheduled,
    Pending,
    HeldBack,
    Unbound,
    Running,
    BackingOff,
    Suspended,
    Paused,
}

impl StatusName {
    /// All, in their order.
    pub(crate) const ALL: [Self; 8] = [
        Self::Scheduled,
        Self::Pending,
        Self::HeldBack,
        Self::Unbound,
        Self::Running,
        Self::BackingOff,
        Self::Suspended,
        Self::Paused,
    ];

    /// The name for people.
    pub(crate) fn text(self) -> &'static str {
        match self {
            Self::Scheduled => "scheduled",
            Self::Pending => "pending",
            Self::HeldBack => "held-back",
            Self::Unbound => "unbound",
            Self::Running => "running",
            Self::BackingOff => "backing-off",
            Self::Suspended => "suspended",
            Self::Paused => "paused",
        }
    }
}

/// Counts an invocation under its status for as long as it is in memory.
#[derive(Debug)]
pub(crate) struct Standing {
    figures: Arc<HandlerFigures>,
    status: StatusName,
}

impl Standing {
    /// Counts an invocation that comes into memory.
    pub(crate) fn new(figures: Arc<HandlerFigures>, status: StatusName) -> Self {
        figures.invocations[status as usize].add(1);
        Self { figures, status }
    }

    /// Its status has changed. An attempt begins with each change to [`StatusName::Running`].
    pub(crate) fn change(&mut self, status: StatusName) {
        self.figures.invocations[self.status as usize].add(-1);
        self.figures.invocations[status as usize].add(1);
        self.status = status;
        if status == StatusName::Running {
            self.figures.attempts.count();
        }
    }

    pub(crate) fn figures(&self) -> &HandlerFigures {
        &self.figures
    }

    #[cfg(test)]
    pub(crate) fn status(&self) -> StatusName {
        self.status
    }
}

impl Drop for Standing {
    fn drop(&mut self) {
        self.figures.invocations[self.status as usize].add(-1);
    }
}

/// What is counted for the whole engine.
#[derive(Debug)]
pub(crate) struct EngineFigures {
    pub(crate) commits: Counter,
    /// The writes of each group.
    pub(crate) commit_writes: Histogram,
    pub(crate) sync_time: Histogram,
    pub(crate) timers: TimerFigures,
}

/// What is counted of timers.
#[derive(Debug)]
pub(crate) struct TimerFigures {
    pub(crate) scheduled: Counter,
    pub(crate) sleeps: Counter,
    pub(crate) retention: Counter,
    /// How late each was.
    pub(crate) lateness: Histogram,
    /// How long the oldest timer has been due, in milliseconds, after the last that were fired; 0 if none
    /// is due.
    pub(crate) overdue: Gauge,
    /// How many are stored.
    pub(crate) pending: Gauge,
}

impl Default for EngineFigures {
    fn default() -> Self {
        Self {
            commits: Counter::default(),
            commit_writes: Histogram::new(&WRITES),
            sync_time: Histogram::new(&QUICK),
            timers: TimerFigures {
                scheduled: Counter::default(),
                sleeps: Counter::default(),
                retention: Counter::default(),
                lateness: Histogram::new(&LATENCY),
                overdue: Gauge::default(),
                pending: Gauge::default(),
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_in_the_order_of_the_slots() {
        for (index, status) in StatusName::ALL.into_iter().enumerate() {
            assert_eq!(status as usize, index, "{status:?}");
        }
        for (outcome, name) in [
            (RequestOutcome::Succeeded, "succeeded"),
            (RequestOutcome::Failed, "failed"),
            (RequestOutcome::Refused, "refused"),
        ] {
            assert_eq!(RequestOutcome::NAMES[outcome as usize], name);
        }
    }

    #[test]
    fn an_invocation_counts_once_until_it_is_gone() {
        let figures = Arc::new(HandlerFigures::default());
        let count = |status| figures.invocations[status as usize].value();
        let mut standing = Standing::new(Arc::clone(&figures), StatusName::Pending);
        assert_eq!(count(StatusName::Pending), 1);
        standing.change(StatusName::Running);
        assert_eq!((count(StatusName::Pending), count(StatusName::Running)), (0, 1));
        assert_eq!(figures.attempts.value(), 1);
        drop(standing);
        assert_eq!(count(StatusName::Running), 0);
    }
}

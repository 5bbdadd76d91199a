use std::{
    collections::BTreeSet,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};

use restate_core::TerminalError;

use super::memory::resident;
use crate::{http::refusal::refusal, model::sql_limits::SqlLimits};

/// Reading the size of the process takes some 20 µs, so this is not done more often.
const MEMORY_INTERVAL: Duration = Duration::from_millis(1);

/// Decides when a statement that runs has to end, and keeps the reason.
#[derive(Debug)]
pub(super) struct Watch {
    timeout: Duration,
    deadline: Option<Instant>,
    memory: usize,
    /// The size of the process when the statement began.
    before: Option<usize>,
    given_up: AtomicBool,
    refusal: Mutex<Option<TerminalError>>,
    hidden: Mutex<BTreeSet<String>>,
}

impl Watch {
    pub(super) fn new(limits: &SqlLimits) -> Self {
        Self {
            timeout: limits.timeout,
            deadline: now().checked_add(limits.timeout),
            memory: limits.memory,
            before: resident(),
            given_up: AtomicBool::new(false),
            refusal: Mutex::default(),
            hidden: Mutex::default(),
        }
    }

    /// Makes the statement fail for this reason; the first one counts.
    pub(super) fn refuse(&self, reason: TerminalError) {
        let mut refusal = self.refusal.lock().unwrap_or_else(PoisonError::into_inner);
        refusal.get_or_insert(reason);
    }

    /// Why the statement was refused, if it was.
    pub(super) fn refusal(&self) -> Option<TerminalError> {
        self.refusal.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Remembers that the statement does not see this column.
    pub(super) fn hide(&self, column: String) {
        self.hidden.lock().unwrap_or_else(PoisonError::into_inner).insert(column);
    }

    /// The columns that the statement reads and does not see.
    pub(super) fn hidden(&self) -> Vec<String> {
        let hidden = self.hidden.lock().unwrap_or_else(PoisonError::into_inner);
        hidden.iter().cloned().collect()
    }

    /// Whether the statement must end; `looked` is when its memory was looked at last.
    pub(super) fn must_end(&self, looked: &mut Option<Instant>) -> bool {
        if self.given_up.load(Ordering::Relaxed) {
            return true;
        }
        let now = now();
        if self.deadline.is_some_and(|deadline| now >= deadline) {
            self.refuse(too_long(self.timeout));
            return true;
        }
        if looked.is_some_and(|looked| now.duration_since(looked) < MEMORY_INTERVAL) {
            return false;
        }
        *looked = Some(now);
        let grown = resident().zip(self.before).map(|(now, before)| now.saturating_sub(before));
        let too_large = grown.is_some_and(|grown| grown > self.memory);
        if too_large {
            self.refuse(too_large_for(self.memory));
        }
        too_large
    }
}

/// Ends a statement when it is dropped.
pub(super) struct Guard(pub(super) Arc<Watch>);

impl Drop for Guard {
    fn drop(&mut self) {
        self.0.given_up.store(true, Ordering::Relaxed);
    }
}

/// The refusal of a query that has not ended in time.
pub(super) fn too_long(timeout: Duration) -> TerminalError {
    let message = format!(
        "the query took longer than {timeout:?}; select fewer rows, or raise `SqlLimits::timeout`"
    );
    refusal(400, message)
}

fn too_large_for(memory: usize) -> TerminalError {
    let mebibytes = memory / (1024 * 1024);
    let message = format!(
        "the query took more than {mebibytes} MiB of memory; sort or group fewer rows, or raise \
         `SqlLimits::memory`"
    );
    refusal(400, message)
}

#[expect(clippy::disallowed_methods, reason = "the deadline of a query is in real time")]
fn now() -> Instant {
    Instant::now()
}

//! What the engine remembers: writes that are committed in groups, and the reads it needs.

#[cfg(test)]
pub(crate) mod conformance;
#[cfg(any(test, feature = "testing"))]
mod intercepted;
mod memory;
mod rows;
mod sqlite;

use std::{error::Error, fmt, sync::Arc};

use bytes::Bytes;
use rusqlite::ErrorCode;

#[cfg(any(test, feature = "testing"))]
pub(crate) use intercepted::{Intercept, InterceptedStore};
pub(crate) use memory::MemoryStore;
pub(crate) use rows::{
    AwaitingEntry, Caller, JournalFate, NOT_STARTED, Phase, PromiseName, StoredFailure,
    StoredInvocation, StoredPromise, Timer, TimerKind, Traces, Write,
};
pub use sqlite::OpenError;
pub(crate) use sqlite::{RunId, SqliteStore};

use crate::model::{
    deployment::Deployment,
    id::InvocationId,
    rules::Rule,
    target::{Object, Target},
};

/// Where invocations, journals, state and timers are kept.
///
/// Writes are added to a group one by one. They survive the process together when [`commit`] returns,
/// and the machine when a sync after that has succeeded; what remains is always a number of whole
/// groups from the first on. Reads see everything added so far.
///
/// [`commit`]: Store::commit
pub(crate) trait Store: Reads + Send {
    /// Ends the group. After an error nothing may be written any more.
    fn commit(&mut self) -> Result<(), StoreError>;

    /// What syncs the disk; `None` if a commit is as durable as this store gets.
    fn syncer(&self) -> Result<Option<Arc<dyn Syncer>>, StoreError> {
        Ok(None)
    }

    /// The store is not used any more. Everything is in its main file then.
    fn close(&mut self) -> Result<(), StoreError> {
        Ok(())
    }

    /// The largest order (first half of an id) of all stored invocations, or 0.
    fn last_order(&mut self) -> Result<u64, StoreError>;

    /// Invocations that are ready, suspended or paused, in order of arrival.
    fn unfinished(&mut self) -> Result<Vec<StoredInvocation>, StoreError>;

    /// The input of an invocation and the first `parts` parts of its journal, as frames.
    fn journal(&mut self, id: InvocationId, parts: u32) -> Result<Vec<Bytes>, StoreError>;

    /// Reads long journals on another thread; `None` for a store that reads at no cost.
    fn reader(&self) -> Option<Box<dyn JournalReader>>;

    /// When the first scheduled invocation or sleep is due, in milliseconds since the Unix epoch.
    #[cfg(any(test, feature = "testing"))]
    fn next_wake(&mut self) -> Result<Option<u64>, StoreError>;

    /// Encrypts all values again, if the store has keys.
    fn reencrypt(&mut self) -> Result<(), StoreError> {
        Ok(())
    }

    /// How much longer a stored value is than the value.
    #[cfg(test)]
    fn overhead(&self) -> u64 {
        0
    }

    /// The rules of limits.
    fn rules(&mut self) -> Result<Vec<Rule>, StoreError>;

    /// The deployments behind URLs, in order of their ids.
    fn deployments(&mut self) -> Result<Vec<Deployment>, StoreError>;
}

/// Makes what a store has committed durable, while the store is written.
pub(crate) trait Syncer: fmt::Debug + Send + Sync {
    /// Returns when everything is durable that was committed before this call. After an error nothing
    /// may be acknowledged any more: the next sync may succeed without what this one has lost.
    fn sync(&self) -> Result<(), StoreError>;
}

/// Reads what a store has committed, while that goes on.
pub(crate) trait JournalReader: Send {
    /// As [`Store::journal`]; empty if the invocation has ended.
    fn journal(&mut self, id: InvocationId, parts: u32) -> Result<Vec<Bytes>, StoreError>;
}

/// The part of a store that a step of the machine uses: it reads, and a read must see what the step
/// has written before.
pub(crate) trait Reads {
    /// Adds a write to the group. Reads see it from now on.
    fn apply(&mut self, write: Write) -> Result<(), StoreError>;

    /// An invocation in any phase.
    fn invocation(&mut self, id: InvocationId) -> Result<Option<StoredInvocation>, StoreError>;

    /// The invocation that `target` was called for with this idempotency key.
    fn by_idempotency_key(
        &mut self,
        target: &Target,
        key: &str,
    ) -> Result<Option<InvocationId>, StoreError>;

    /// The whole state of an object, by name; `None` if its names and values have more than `limit`
    /// bytes. Reads about that many at most.
    fn state(
        &mut self,
        object: &Object,
        limit: u64,
    ) -> Result<Option<Vec<(Bytes, Bytes)>>, StoreError>;

    /// The names in an object's state, in order, and the lengths of their values.
    fn state_names(&mut self, object: &Object) -> Result<Vec<(Bytes, u64)>, StoreError>;

    /// One value of an object's state.
    fn value(&mut self, object: &Object, name: &[u8]) -> Result<Option<Bytes>, StoreError>;

    /// The length of all names and values of an object's state, but for those of one name.
    fn state_size(&mut self, object: &Object, without: &[u8]) -> Result<u64, StoreError>;

    /// What a promise was completed with, and who waits for it.
    fn promise(&mut self, promise: &PromiseName) -> Result<StoredPromise, StoreError>;

    /// Timers that are due in `from..until`, milliseconds since the Unix epoch, in order.
    fn timers(&mut self, from: u64, until: u64) -> Result<Vec<Timer>, StoreError>;

    /// How many timers there are. Takes time in proportion to that, though little.
    fn timer_count(&mut self) -> Result<u64, StoreError>;
}

/// Why the store could not be read or written. The engine stops then.
#[derive(Debug)]
pub struct StoreError {
    attempted: &'static str,
    source: Box<dyn Error + Send + Sync>,
}

impl StoreError {
    /// An error while doing `attempted`, such as "commit" or "read a journal".
    pub(crate) fn new(
        attempted: &'static str,
        source: impl Into<Box<dyn Error + Send + Sync>>,
    ) -> Self {
        Self { attempted, source: source.into() }
    }
}

impl fmt::Display for StoreError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the store could not {}: {}", self.attempted, self.source)?;
        match self.source.downcast_ref().and_then(rusqlite::Error::sqlite_error_code) {
            Some(ErrorCode::DiskFull) => f.write_str("; make room on its disk"),
            Some(ErrorCode::SystemIoFailure) => f.write_str("; check its disk"),
            Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => {
                f.write_str("; `restate-embedded check` shows the damage; restore a backup")
            }
            _ => Ok(()),
        }
    }
}

impl Error for StoreError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        Some(&*self.source)
    }
}

//! Makes durable what the engine has committed, while it goes on.

use std::{
    io,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
        mpsc::{self, Receiver, Sender},
    },
    thread,
    time::Duration,
};

use super::{
    borrowed::{RoundThread, run_round},
    driver::instant,
    inbox::{Command, Inbox},
};
use crate::{
    model::figures::EngineFigures,
    store::{StoreError, Syncer},
};

/// The longest sync that counts as short. On a slower disk, everything that waits for the engine's thread meanwhile
/// costs more than the two thread switches that are saved, which take some ten microseconds each.
const SHORT: Duration = Duration::from_micros(250);

/// Syncs a store, on a thread of its own or on that of the engine.
#[derive(Debug)]
pub(crate) struct DiskSync {
    syncer: TimedSyncer,
    /// Dropping it ends the thread.
    requests: Sender<()>,
    results: Receiver<Result<(), StoreError>>,
}

impl DiskSync {
    /// Starts the thread. Each of its syncs is followed by [`Command::SyncEnded`].
    pub(crate) fn start(
        syncer: Arc<dyn Syncer>,
        inbox: Arc<Inbox>,
        figures: Arc<EngineFigures>,
    ) -> io::Result<Self> {
        let syncer = TimedSyncer { syncer, figures, last: Arc::default() };
        let (requests, requested) = mpsc::channel();
        let (report, results) = mpsc::channel();
        let on_thread = syncer.clone();
        thread::Builder::new().name("restate-sync".into()).spawn(move || {
            for () in requested {
                // Fails if the engine has stopped.
                if report.send(on_thread.sync()).is_err() {
                    return;
                }
                inbox.post(Command::SyncEnded);
                run_round(&inbox, RoundThread::Sync);
            }
        })?;
        Ok(Self { syncer, requests, results })
    }

    /// Syncs everything that is committed, on the thread. No sync may be under way.
    pub(crate) fn begin(&self) -> Result<(), StoreError> {
        self.requests.send(()).map_err(|_| panicked())
    }

    /// The result of a sync that has ended, unless `wait` has returned it.
    pub(crate) fn ended(&self) -> Option<Result<(), StoreError>> {
        self.results.try_recv().ok()
    }

    /// Waits for the sync under way.
    pub(crate) fn wait(&self) -> Result<(), StoreError> {
        self.results.recv().unwrap_or_else(|_| Err(panicked()))
    }

    /// Whether the last sync was short; true before the first.
    pub(crate) fn is_short(&self) -> bool {
        Duration::from_nanos(self.syncer.last.load(Ordering::Relaxed)) < SHORT
    }

    /// Syncs everything that is committed, on this thread. No sync may be under way: of two, only one
    /// would learn of an error.
    pub(crate) fn now(&self) -> Result<(), StoreError> {
        self.syncer.sync()
    }
}

/// A syncer, and where the time of its syncs is counted.
#[derive(Clone, Debug)]
struct TimedSyncer {
    syncer: Arc<dyn Syncer>,
    figures: Arc<EngineFigures>,
    /// How long the last sync took, in nanoseconds.
    last: Arc<AtomicU64>,
}

impl TimedSyncer {
    fn sync(&self) -> Result<(), StoreError> {
        let began = instant();
        let synced = self.syncer.sync();
        let took = instant().saturating_duration_since(began);
        self.figures.sync_time.observe_time(took);
        self.last.store(u64::try_from(took.as_nanos()).unwrap_or(u64::MAX), Ordering::Relaxed);
        synced
    }
}

/// The thread ends before the engine only if it panics.
fn panicked() -> StoreError {
    StoreError::new("sync", "its thread has panicked")
}

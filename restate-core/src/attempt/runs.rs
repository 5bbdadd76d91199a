//! The stages of the `run` closures of an attempt.

use restate_sdk_shared_core::NotificationHandle;

/// The runs whose result has not been taken.
#[derive(Debug, Default)]
pub(crate) struct Runs(Vec<(NotificationHandle, Stage)>);

/// The stage of a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Stage {
    /// Its command is recorded, and its result is in no journal.
    Recorded,
    /// Its closure is to be executed when its future is polled next.
    Due,
    /// Its closure is being executed.
    Executing,
    /// The engine was told its result, and has to acknowledge it.
    Proposed,
}

impl Runs {
    pub(crate) fn insert(&mut self, handle: NotificationHandle) {
        self.0.push((handle, Stage::Recorded));
    }

    pub(crate) fn stage(&self, handle: NotificationHandle) -> Option<Stage> {
        self.0.iter().find(|(run, _)| *run == handle).map(|(_, stage)| *stage)
    }

    /// Takes a run from one stage to another; false if it was not at that stage.
    pub(crate) fn advance(&mut self, handle: NotificationHandle, from: Stage, to: Stage) -> bool {
        let run = self.0.iter_mut().find(|run| **run == (handle, from));
        run.map(|(_, stage)| *stage = to).is_some()
    }

    pub(crate) fn remove(&mut self, handle: NotificationHandle) {
        if let Some(at) = self.0.iter().position(|(run, _)| *run == handle) {
            self.0.swap_remove(at);
        }
    }
}

//! The stages of the `run` closures of an attempt.

use restate_sdk_shared_core::NotificationHandle;

/// The runs whose result has not been taken.
#[derive(Debug, Default)]
pub(crate) struct Runs(Vec<PendingRun>);

#[derive(Debug)]
struct PendingRun {
    handle: NotificationHandle,
    stage: Stage,
    effects: RunEffects,
}

/// Whether a closure changes anything outside.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum RunEffects {
    /// It may: it begins only when everything before it is durable.
    Possible,
    /// It only reads or computes.
    None,
}

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
    pub(crate) fn insert(&mut self, handle: NotificationHandle, effects: RunEffects) {
        self.0.push(PendingRun { handle, stage: Stage::Recorded, effects });
    }

    pub(crate) fn stage(&self, handle: NotificationHandle) -> Option<Stage> {
        self.0.iter().find(|run| run.handle == handle).map(|run| run.stage)
    }

    /// Whether the closure of a run may change something outside.
    pub(crate) fn has_effects(&self, handle: NotificationHandle) -> bool {
        self.0.iter().any(|run| run.handle == handle && run.effects == RunEffects::Possible)
    }

    /// Takes a run from one stage to another; false if it was not at that stage.
    pub(crate) fn advance(&mut self, handle: NotificationHandle, from: Stage, to: Stage) -> bool {
        let run = self.0.iter_mut().find(|run| run.handle == handle && run.stage == from);
        run.map(|run| run.stage = to).is_some()
    }

    pub(crate) fn remove(&mut self, handle: NotificationHandle) {
        if let Some(at) = self.0.iter().position(|run| run.handle == handle) {
            self.0.swap_remove(at);
        }
    }
}

use std::time::Duration;

use restate_core::contract::HandlerKind;

use crate::model::backoff::Backoff;

/// How an engine treats its invocations.
#[derive(Clone, Debug)]
pub(crate) struct Settings {
    pub(crate) retries: Backoff,
    /// An attempt that sends and receives nothing for so long is asked to suspend.
    pub(crate) inactivity_timeout: Duration,
    /// An attempt that has not suspended so long after it was asked to is stopped.
    pub(crate) abort_timeout: Duration,
    /// How long results are kept for those who may ask later.
    pub(crate) retention: Duration,
    /// How long the journals of those are kept, which may be shorter.
    pub(crate) journal_retention: Duration,
    /// In a test: every result is retained, and a handler that departs from its journal fails.
    pub(crate) rehearsal: bool,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            retries: Backoff::default(),
            inactivity_timeout: Duration::from_secs(60),
            abort_timeout: Duration::from_secs(600),
            retention: Duration::from_secs(24 * 60 * 60),
            journal_retention: Duration::ZERO,
            rehearsal: false,
        }
    }
}

impl Settings {
    /// These settings, with what the contract of a handler asks for.
    pub(crate) fn of(&self, kind: HandlerKind, contract: &restate_core::Settings) -> Self {
        let restate_core::Settings {
            inactivity_timeout,
            abort_timeout,
            journal_retention,
            idempotency_retention,
            workflow_retention,
            retries,
            ..
        } = *contract;
        let retention =
            if kind == HandlerKind::Run { workflow_retention } else { idempotency_retention };
        Self {
            retries: self.retries.with(&retries),
            inactivity_timeout: inactivity_timeout.unwrap_or(self.inactivity_timeout),
            abort_timeout: abort_timeout.unwrap_or(self.abort_timeout),
            retention: retention.unwrap_or(self.retention),
            journal_retention: journal_retention.unwrap_or(self.journal_retention),
            rehearsal: self.rehearsal,
        }
    }
}

/// What an engine has done before it acknowledges something.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Durability {
    /// It is on the disk: neither a crash of the process nor a power failure loses it.
    #[default]
    Full,
    /// It was handed to the operating system: a crash of the process does not lose it, but a
    /// power failure or a crash of the system may lose the last moments, acknowledged or not.
    ///
    /// What is left then is whole, as of one point in time. Handlers that had finished may run
    /// once more, and what they told others outside cannot be taken back.
    Relaxed,
}

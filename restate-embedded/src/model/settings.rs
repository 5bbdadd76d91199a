use std::time::Duration;

use restate_core::contract::HandlerKind;

use crate::model::{backoff::Backoff, size_limits::SizeLimits};

/// The settings of an engine, or of an invocation.
#[derive(Clone, Debug)]
pub(crate) struct Settings {
    pub(crate) retries: Backoff,
    /// An attempt that sends and receives nothing for this long is asked to suspend.
    pub(crate) inactivity_timeout: Duration,
    /// An attempt that has not suspended this long after it was asked to is stopped.
    pub(crate) abort_timeout: Duration,
    /// How long results are kept that may be asked for later.
    pub(crate) retention: Duration,
    /// How long journals are kept; not longer than results.
    pub(crate) journal_retention: Duration,
    /// Whether calls are retained, too, that have no idempotency key.
    pub(crate) retain_calls: bool,
    /// Whether handlers start only when their invocation is durable.
    pub(crate) durable_start: bool,
    pub(crate) size_limits: SizeLimits,
    /// How many attempts one deployment has at a time.
    pub(crate) deployment_concurrency: usize,
    /// Whether the engine runs in a test: then it fails an invocation whose
    /// handler departs from its journal instead of retrying it.
    pub(crate) under_test: bool,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            retries: Backoff::default(),
            inactivity_timeout: Duration::from_secs(60),
            abort_timeout: Duration::from_secs(600),
            retention: Duration::from_secs(24 * 60 * 60),
            // As on a Restate server.
            journal_retention: Duration::from_secs(24 * 60 * 60),
            retain_calls: false,
            durable_start: false,
            size_limits: SizeLimits::default(),
            // Of each, at most its journal is in memory. More than most programs serve at a time.
            deployment_concurrency: 1000,
            under_test: false,
        }
    }
}

impl Settings {
    /// These settings, overridden by those of a handler's contract.
    pub(crate) fn of(&self, kind: HandlerKind, contract: &restate_core::Settings) -> Self {
        let restate_core::Settings {
            inactivity_timeout,
            abort_timeout,
            journal_retention,
            idempotency_retention,
            workflow_retention,
            retry_policy,
            on_max_attempts,
            durable_start,
            ..
        } = *contract;
        let retention =
            if kind == HandlerKind::Run { workflow_retention } else { idempotency_retention };
        Self {
            retries: self.retries.with(&retry_policy, on_max_attempts),
            inactivity_timeout: inactivity_timeout.unwrap_or(self.inactivity_timeout),
            abort_timeout: abort_timeout.unwrap_or(self.abort_timeout),
            retention: retention.unwrap_or(self.retention),
            journal_retention: journal_retention.unwrap_or(self.journal_retention),
            durable_start: durable_start.unwrap_or(self.durable_start),
            retain_calls: self.retain_calls,
            size_limits: self.size_limits,
            deployment_concurrency: self.deployment_concurrency,
            under_test: self.under_test,
        }
    }
}

/// What an engine waits for before it acknowledges a request.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Durability {
    /// The data is on the disk: neither a crash of the process nor a power failure loses it.
    #[default]
    Full,
    /// The operating system has the data: a crash of the process does not lose it, but a power failure
    /// or a crash of the system may lose the last commits, although they were acknowledged.
    ///
    /// The remaining data is consistent, as of one point in time. Handlers that had completed may run
    /// again, and their effects outside of the engine happen twice.
    Relaxed,
}

use super::{
    effects::FailedAttempt,
    invocation::{Invocation, Status},
};

/// What an invocation is doing, as the admin interface shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Activity {
    pub(crate) status: &'static str,
    /// Attempts that failed since the journal last grew.
    pub(crate) failures: u32,
    /// When the next attempt starts, in milliseconds since the Unix epoch.
    pub(crate) next_attempt: Option<u64>,
    /// Why the last attempt failed.
    pub(crate) last_failure: Option<FailedAttempt>,
}

/// A failed attempt, as people look at it later.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct PastFailure {
    /// In milliseconds since the Unix epoch.
    pub(crate) at: u64,
    pub(crate) failure: FailedAttempt,
}

impl Activity {
    pub(super) fn of(invocation: &Invocation) -> Self {
        let next_attempt = match &invocation.status {
            Status::BackingOff => invocation.alarm.due(),
            _ => None,
        };
        let status = invocation.status.name().text();
        let last_failure = invocation.progress.last_failure().cloned();
        Self { status, failures: invocation.progress.failures(), next_attempt, last_failure }
    }
}

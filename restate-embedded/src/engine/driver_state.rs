use std::{
    collections::HashSet,
    time::{Duration, Instant},
};

use super::{
    attempt::AttemptTask,
    borrowed::RoundFailure,
    crash_log::CrashLog,
    driver::instant,
    wakes::{WaitingClient, Wakes},
};
use crate::{
    machine::{Event, ExternalAction, GroupLimits, InternalAction, Outbox, Waiter},
    model::number_map::NumberMap,
};

/// The state of the driver between rounds.
#[derive(Debug)]
pub(crate) struct DriverState {
    pub(super) attempts: NumberMap<u64, AttemptTask>,
    pub(super) waiters: NumberMap<Waiter, WaitingClient>,
    /// The number of waiters at which those that have gone are removed next.
    sweep_at: usize,
    /// To be carried out at the end of the round.
    pub(super) internal: Vec<InternalAction>,
    pub(super) outbox: Outbox,
    started_at: Instant,
    pub(super) stop_at: Option<Instant>,
    /// Tasks to be woken at the end of the round.
    pub(super) wakes: Wakes,
    /// The time of the last round.
    pub(super) seen: u64,
    /// Which attempts run, if there is a directory to remember it in.
    pub(super) crash_log: Option<CrashLog>,
    /// What the engine's thread is to fail with.
    pub(super) failure: Option<RoundFailure>,
}

impl DriverState {
    pub(crate) fn new(limits: GroupLimits) -> Self {
        Self {
            attempts: NumberMap::default(),
            waiters: NumberMap::default(),
            sweep_at: 0,
            internal: Vec::new(),
            outbox: Outbox::new(limits),
            started_at: instant(),
            stop_at: None,
            wakes: Wakes::default(),
            seen: 0,
            crash_log: None,
            failure: None,
        }
    }

    /// The time since the engine started, on a clock that does not go back.
    pub(super) fn uptime(&self) -> Duration {
        instant().saturating_duration_since(self.started_at)
    }

    /// Notes which attempts start, before they do, and which have failed.
    pub(super) fn log_attempts(
        &mut self,
        internal: &[InternalAction],
        external: &[ExternalAction],
    ) {
        let Some(log) = &mut self.crash_log else { return };
        for action in external {
            if let ExternalAction::Report { id, event: Event::Retrying { .. }, .. } = action {
                log.failed(id.order());
            }
        }
        for action in internal {
            if let InternalAction::Start(start) = action
                && start.deployment.is_none()
            {
                log.started(start.id.order(), start.parts);
            }
        }
    }

    /// Adds a waiter. From time to time, removes and returns those whose clients have gone.
    pub(super) fn wait(&mut self, waiter: Waiter, client: WaitingClient) -> HashSet<Waiter> {
        // Below this, a sweep saves less memory than it is worth. Above, it doubles, so that sweeps
        // cost a constant share of each request.
        const MIN_SWEEP: usize = 1024;

        let mut gone = HashSet::new();
        if self.waiters.len() >= self.sweep_at.max(MIN_SWEEP) {
            let closed = self.waiters.extract_if(|_, client| client.is_gone());
            gone = closed.map(|(waiter, _)| waiter).collect();
            self.sweep_at = self.waiters.len() * 2;
        }
        self.waiters.insert(waiter, client);
        gone
    }
}

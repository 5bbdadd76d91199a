//! Attempts that only wait make room for others at a limit.
//!
//! An attempt that waits for another invocation would otherwise keep that from starting, until it has been
//! inactive for long enough to be suspended.

use std::time::Duration;

use super::{
    Machine,
    invocation::{Invocation, Status},
    step::Step,
    timers::millis,
};
use crate::model::{deployment::DeploymentId, id::InvocationId, settings::Settings};

/// The version of the service protocol since which attempts tell when they only wait.
const TELLS: u32 = 7;

/// How long one that does not tell is inactive before it has to give way.
const SILENCE: Duration = Duration::from_secs(1);

impl Step<'_> {
    /// An attempt says that it only waits.
    pub(super) fn waits_only(&mut self, id: InvocationId) {
        let Some(invocation) = self.machine.invocations.get_mut(&id) else { return };
        let path = invocation.limit_path();
        let Some(attempt) = invocation.running() else { return };
        if attempt.is_input_closed() {
            return;
        }
        attempt.set_idle();
        let (number, deployment) = (attempt.number(), attempt.deployment());
        let is_in_the_way = deployment.is_some_and(|_| self.machine.occupancy.is_idle(number, id))
            | path.is_some_and(|path| {
                self.machine.limits.is_idle(&path, number, id, &mut invocation.slot)
            });
        if is_in_the_way {
            self.give_way(id);
        }
    }

    /// Somebody waits for room on a deployment: an attempt there that only waits makes some.
    pub(super) fn make_way_on(&mut self, deployment: DeploymentId) {
        while let Some((number, id)) = self.machine.occupancy.pop_idle(deployment) {
            if self.is_idle(id, number) {
                return self.give_way(id);
            }
        }
        self.watch_silent(deployment);
    }

    /// Somebody is held back by their limits: an attempt that only waits makes room.
    pub(super) fn make_way_within_limits(&mut self, id: InvocationId) {
        let Some(path) = self.machine.invocations.get(&id).and_then(Invocation::limit_path) else {
            return;
        };
        while let Some((number, id)) = self.machine.limits.pop_idle(&path) {
            if self.is_idle(id, number) {
                return self.give_way(id);
            }
        }
    }

    fn is_idle(&mut self, id: InvocationId, number: u64) -> bool {
        let attempt = self.attempt_under_way(id, number);
        attempt.is_some_and(|attempt| attempt.is_idle() && !attempt.is_input_closed())
    }

    /// Asks the attempt of an invocation to suspend.
    fn give_way(&mut self, id: InvocationId) {
        let Some(invocation) = self.machine.invocations.get_mut(&id) else { return };
        let settings = self.machine.services.settings_of(invocation);
        if let Some(attempt) = invocation.running() {
            attempt.close_input();
            let due = self.now.saturating_add(millis(settings.abort_timeout));
            self.machine.timers.set_alarm(invocation, due);
            self.touch(id);
        }
    }

    /// Has the attempts on a deployment checked soon that do not tell when they wait. Those that start from
    /// now on are checked soon in any case.
    fn watch_silent(&mut self, deployment: DeploymentId) {
        if self.machine.tells(deployment) || self.machine.occupancy.waiting(deployment) > 1 {
            return;
        }
        let (now, silence) = (self.now, millis(SILENCE));
        for invocation in self.machine.invocations.values_mut() {
            let Status::Running(attempt) = &invocation.status else { continue };
            if attempt.deployment() == Some(deployment) && !attempt.is_input_closed() {
                let due = attempt.active().saturating_add(silence).max(now);
                if invocation.alarm.due().is_some_and(|alarm| alarm > due) {
                    self.machine.timers.set_alarm(invocation, due);
                }
            }
        }
    }
}

impl Machine {
    /// How long an attempt on a deployment may be inactive before it is asked to suspend.
    pub(super) fn patience(
        &self,
        settings: &Settings,
        deployment: Option<DeploymentId>,
    ) -> Duration {
        let is_short = deployment.is_some_and(|deployment| {
            self.occupancy.waiting(deployment) > 0 && !self.tells(deployment)
        });
        if is_short {
            settings.inactivity_timeout.min(SILENCE)
        } else {
            settings.inactivity_timeout
        }
    }

    fn tells(&self, deployment: DeploymentId) -> bool {
        let found = self.services.catalog().deployment(deployment);
        found.is_none_or(|found| found.connection.max_protocol >= TELLS)
    }
}

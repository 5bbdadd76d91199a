//! Deployments behind URLs: their attempts, and how they are removed.

use std::time::Duration;

use restate_core::wire::protocol::VERSION;

use super::{
    Waiter,
    attempt::ActiveAttempt,
    effects::{InternalAction, Reply},
    invocation::Status,
    step::Step,
    timers::millis,
};
use crate::{
    model::{
        deployment::{DeploymentId, ProtocolMode},
        id::InvocationId,
        randomness::mix,
    },
    store::Write,
};

impl Step<'_> {
    /// Starts an attempt on a deployment, if that has room for it.
    pub(super) fn attempt_on(&mut self, deployment: DeploymentId, id: InvocationId) {
        let found = self.machine.services.catalog().deployment(deployment);
        let Some(mode) = found.map(|found| found.connection.mode) else {
            debug_assert!(false, "{id} is routed to {deployment}, which does not exist");
            return;
        };
        let Some(invocation) = self.machine.invocations.get_mut(&id) else { return };
        let number = self.machine.attempts + 1;
        if !self.machine.occupancy.enter(deployment, number, id) {
            invocation.input = None;
            invocation.set_status(Status::AwaitsDeployment);
            return self.make_way_on(deployment);
        }
        self.machine.attempts = number;
        self.pin(id, deployment);
        let Some(invocation) = self.machine.invocations.get_mut(&id) else { return };
        let limit = self.machine.services.size_limits().message;
        let attempt = ActiveAttempt::on(deployment, mode, limit, number, self.now);
        invocation.set_status(Status::Running(Box::new(attempt)));
        let settings = self.machine.services.settings_of(invocation);
        let patience = match mode {
            ProtocolMode::BidiStream => self.machine.patience(&settings, Some(deployment)),
            // It was asked to suspend from the start.
            ProtocolMode::RequestResponse => {
                settings.inactivity_timeout.saturating_add(settings.abort_timeout)
            }
        };
        let due = self.now.saturating_add(millis(patience));
        let Some(invocation) = self.machine.invocations.get_mut(&id) else { return };
        self.machine.timers.set_alarm(invocation, due);
        self.touch(id);
        self.trace_attempt(id, number);
    }

    /// Has an invocation go on at a deployment, in the version of the service protocol of its journal. If it
    /// has none, it is the newest one there.
    pub(super) fn pin(&mut self, id: InvocationId, deployment: DeploymentId) {
        let found = self.machine.services.catalog().deployment(deployment);
        let newest = found.map_or(VERSION, |found| found.connection.newest_protocol());
        let Some(invocation) = self.machine.invocations.get_mut(&id) else { return };
        let protocol = invocation.journal_protocol();
        #[cfg(test)]
        let protocol = protocol.filter(|_| !self.machine.services.forgets_protocol);
        let protocol = protocol.unwrap_or(newest);
        if invocation.pin(deployment, protocol) {
            self.write(Write::Pin { id, deployment, protocol });
        }
    }

    /// The exchange of an attempt is over: others may begin.
    pub(super) fn leave_deployment(&mut self, attempt: u64) {
        let Some(deployment) = self.machine.occupancy.leave(attempt) else { return };
        while let Some(next) = self.machine.occupancy.next(deployment) {
            let waiting = self.machine.invocations.get(&next);
            if waiting.is_some_and(|one| matches!(one.status, Status::AwaitsDeployment)) {
                self.attempt(next);
            }
        }
    }

    /// What is said of an attempt that failed: where it took place, if not here, and why.
    pub(super) fn at_its_place(&mut self, id: InvocationId, error: String) -> String {
        let running = self.machine.invocations.get_mut(&id).and_then(|it| it.running());
        let deployment = running.and_then(|attempt| attempt.deployment());
        let catalog = self.machine.services.catalog();
        match deployment.and_then(|id| catalog.deployment(id)) {
            Some(deployment) => {
                format!("deployment {} at {}: {error}", deployment.id, deployment.connection.uri)
            }
            None => error,
        }
    }

    /// Removes a deployment. One that is in use is only removed by force.
    pub(super) fn undeploy(&mut self, id: DeploymentId, force: bool, waiter: Waiter) {
        let catalog = self.machine.services.catalog();
        let Some(deployment) = catalog.deployment(id) else {
            return self.reply(waiter, Reply::NotFound);
        };
        let names = deployment.services.keys().copied();
        let is_newest = |name: &&str| catalog.newest(name).is_some_and(|it| it.deployment == id);
        let current: Vec<_> = names.filter(is_newest).collect();
        let started = self.machine.started_on(id);
        let use_ = match (started, &current[..]) {
            (0, []) => None,
            (0, _) => Some(format!("it is the newest revision of `{}`", current.join("`, `"))),
            (1, _) => Some("an invocation that has started on it has not ended".to_owned()),
            _ => Some(format!("{started} invocations that have started on it have not ended")),
        };
        if let Some(use_) = use_.filter(|_| !force) {
            let reason = format!(
                "deployment {id} cannot be removed: {use_}; register a newer revision and wait, or add \
                 `?force=true`"
            );
            return self.reply(waiter, Reply::Refused(reason));
        }
        self.write(Write::RemoveDeployment { id });
        self.machine.services.catalog_mut().undeploy(id);
        self.act(InternalAction::PublishCatalog);
        self.strand(id);
        self.reply(waiter, Reply::Done);
    }

    /// Keeps the invocations that a removed deployment has not finished.
    fn strand(&mut self, deployment: DeploymentId) {
        let invocations = self.machine.invocations.values();
        let stranded = invocations.filter(|one| match one.status {
            Status::Running(_) | Status::BackingOff => one.deployment == Some(deployment),
            // Some may have waited for this deployment, and have started nowhere.
            Status::AwaitsDeployment => true,
            _ => false,
        });
        let mut stranded: Vec<_> = stranded.map(|one| one.id).collect();
        stranded.sort_unstable();
        for id in stranded {
            self.stop_attempt(id);
            if let Some(invocation) = self.machine.invocations.get_mut(&id) {
                self.machine.timers.clear_alarm(invocation);
                invocation.set_status(Status::Queued);
                self.make_room(id);
                self.attempt(id);
            }
        }
    }
}

impl super::Machine {
    /// How many invocations have started on a deployment, and have not ended.
    pub(crate) fn started_on(&self, deployment: DeploymentId) -> usize {
        self.invocations.values().filter(|one| one.deployment == Some(deployment)).count()
    }
}

/// A delay of an invocation whose deployment has failed: other invocations have failed at the same time,
/// and should not come back at the same time.
pub(super) fn jittered(delay: Duration, id: InvocationId, failures: u32) -> Duration {
    let random = mix(id.nonce() ^ u64::from(failures)) >> 32;
    let share = f64::from(u32::try_from(random).unwrap_or(u32::MAX)) / f64::from(u32::MAX);
    delay.mul_f64(0.5 + share / 2.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn delays_are_spread_and_never_longer_than_they_were() {
        let delay = Duration::from_secs(10);
        let delays = (0..100).map(|n| jittered(delay, InvocationId::new(n, 1, n), 1));
        let delays: Vec<_> = delays.collect();
        assert!(delays.iter().all(|it| (delay / 2..=delay).contains(it)), "{delays:?}");
        assert!(delays.iter().any(|it| *it < delay * 6 / 10), "{delays:?}");
        assert!(delays.iter().any(|it| *it > delay * 9 / 10), "{delays:?}");
    }
}

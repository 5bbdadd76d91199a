//! How invocations go on that wait for people, and on which deployment.

use std::ops::RangeInclusive;

use restate_core::contract::HandlerKind;

use super::{control::reason_to_wait, invocation::Status, step::Step};
use crate::{
    model::{deployment::DeploymentId, id::InvocationId},
    store::Write,
};

/// The deployment on which an invocation goes on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum ResumeOn {
    /// The one on which it has started.
    #[default]
    Pinned,
    /// The newest revision of its service. Its code has to fit the journal, as it is replayed there.
    Newest,
    /// This one, for which the same holds.
    Deployment(DeploymentId),
}

impl Step<'_> {
    /// Has the next attempt of an invocation begin, on a deployment that becomes the one it is pinned to.
    pub(super) fn resume_by_hand(&mut self, id: InvocationId, on: ResumeOn) -> Result<(), String> {
        let Some(invocation) = self.machine.invocations.get(&id) else {
            debug_assert!(false, "{id} is not in memory");
            return Ok(());
        };
        match &invocation.status {
            Status::Paused | Status::Suspended(_) | Status::BackingOff | Status::Unbound => {}
            Status::Running(_) => return Err("it is running; pause it first".to_owned()),
            waiting => return Err(reason_to_wait(waiting).to_owned()),
        }
        let deployment = self.deployment_to_resume_on(id, on)?;
        let Some(invocation) = self.machine.invocations.get_mut(&id) else { return Ok(()) };
        if matches!(invocation.status, Status::Paused | Status::Suspended(_)) {
            self.write(Write::Resume { id });
        }
        // That of the next retry.
        let Some(invocation) = self.machine.invocations.get_mut(&id) else { return Ok(()) };
        self.machine.timers.clear_alarm(invocation);
        invocation.set_status(Status::Queued);
        invocation.progress.forget_failures();
        if on != ResumeOn::Pinned {
            self.pin(id, deployment);
        }
        self.touch(id);
        if self.join_queue(id) {
            self.attempt(id);
        }
        Ok(())
    }

    fn deployment_to_resume_on(
        &self,
        id: InvocationId,
        on: ResumeOn,
    ) -> Result<DeploymentId, String> {
        let services = &self.machine.services;
        let Some(invocation) = self.machine.invocations.get(&id) else {
            return Err("it has ended".to_owned());
        };
        let target = &invocation.target;
        let nobody = || "no service that is bound or deployed has its handler".to_owned();
        let deployment = match on {
            ResumeOn::Pinned => {
                return match (services.route(invocation), invocation.deployment) {
                    (Some(deployment), _) => Ok(deployment),
                    (None, Some(gone)) if gone != DeploymentId::IN_PROCESS => Err(format!(
                        "deployment {gone}, on which it has started, does not have its handler any more; \
                         resume it on another one, with `?deployment=latest` or `?deployment=` and an id"
                    )),
                    (None, _) => Err(nobody()),
                };
            }
            ResumeOn::Newest => {
                services.catalog().newest(&target.service).ok_or_else(nobody)?.deployment
            }
            ResumeOn::Deployment(deployment) => deployment,
        };
        let Some(kind) = services.catalog().kind_on(target, Some(deployment)) else {
            return Err(format!("deployment {deployment} has no handler `{target}`"));
        };
        if let Some(written) = invocation.journal_protocol()
            && let Some(spoken) = services.catalog().protocols_of(deployment)
            && !spoken.contains(&written)
        {
            let refused = other_protocol(deployment, &spoken, "its journal is", written);
            return Err(format!("{refused}; resume it on one that speaks that version"));
        }
        // Of one whose deployment is gone, what it has begun with tells its kind.
        let is_exclusive = invocation.is_queued.then_some(HandlerKind::Exclusive);
        let is_run = invocation.is_workflow_run().then_some(HandlerKind::Run);
        match services.kind_of(invocation).or(is_exclusive).or(is_run) {
            Some(before) if before != kind => Err(format!(
                "its handler is of another kind on deployment {deployment}, so that it cannot go on there"
            )),
            _ => Ok(deployment),
        }
    }
}

/// Says that a deployment cannot read what is written in another version of the service protocol.
pub(super) fn other_protocol(
    deployment: DeploymentId,
    spoken: &RangeInclusive<u32>,
    what_is: &str,
    written: u32,
) -> String {
    let (min, max) = (spoken.start(), spoken.end());
    format!(
        "deployment {deployment} speaks versions {min} to {max} of the service protocol, and {what_is} written \
         in version {written}"
    )
}

//! What invocations wait for, in words.

use restate_core::wire::protocol::NotificationId;

use super::{
    Activity, Machine, deadlock,
    invocation::{Invocation, Status},
    operations::CANCEL,
};
use crate::model::{deployment::DeploymentId, id::InvocationId};

/// What an invocation waits for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Waits {
    /// Each thing, such as `the result of inv_1.. (Counter/a/add, pending)`.
    pub(crate) for_what: Vec<String>,
    /// Whether some invocation among them waits for this one in turn.
    pub(crate) in_cycle: bool,
}

impl Machine {
    /// What an invocation waits for, if it is in memory. Looks at all invocations.
    pub(crate) fn waits(&self, id: InvocationId) -> Option<Waits> {
        let invocation = self.invocations.get(&id)?;
        let (mut for_what, mut in_cycle) = (Vec::new(), false);
        let key_holder = deadlock::object(self, id).and_then(|key| self.queues.holder(&key));
        match &invocation.status {
            Status::Queued if key_holder.is_some_and(|holder| holder != id) => {
                if let Some(holder) = key_holder {
                    in_cycle = deadlock::is_cycle(self, id, holder);
                    for_what.push(format!("its key, which {} holds", self.shown(holder)));
                }
            }
            Status::Suspended(awaited) => {
                for notification in awaited.iter().filter(|one| **one != CANCEL) {
                    let callee = self.callee(invocation, notification);
                    in_cycle |= callee.is_some_and(|it| deadlock::is_cycle(self, id, it));
                    for_what.push(self.awaited(id, notification, callee));
                }
            }
            Status::Unbound => for_what.push(missing(invocation)),
            status => for_what.extend(reason(status).map(str::to_owned)),
        }
        Some(Waits { for_what, in_cycle })
    }

    /// Whether an invocation holds its key, so that others wait for it.
    pub(crate) fn holds_key(&self, id: InvocationId) -> bool {
        deadlock::object(self, id).and_then(|key| self.queues.holder(&key)) == Some(id)
    }

    /// The invocation that completes an entry of `waiting`.
    fn callee(&self, waiting: &Invocation, entry: &NotificationId) -> Option<InvocationId> {
        let NotificationId::CompletionId(completion) = entry else { return None };
        let mut others = self.invocations.values();
        Some(others.find(|it| it.awaiters.has_entry(waiting.id, *completion))?.id)
    }

    fn awaited(
        &self,
        id: InvocationId,
        entry: &NotificationId,
        callee: Option<InvocationId>,
    ) -> String {
        match (entry, callee) {
            (_, Some(callee)) if callee == id => {
                "its own result, which it has only when it ends".to_owned()
            }
            (_, Some(callee)) => format!("the result of {}", self.shown(callee)),
            (NotificationId::CompletionId(completion), None) => {
                format!("completion {completion} of its journal, such as a sleep or a promise")
            }
            (NotificationId::SignalId(signal), None) => format!("awakeable {signal}"),
            (NotificationId::SignalName(name), None) => format!("the signal `{name}`"),
        }
    }

    fn shown(&self, id: InvocationId) -> String {
        match self.invocations.get(&id) {
            Some(one) => format!("{id} ({}, {})", one.target, Activity::of(one).status),
            None => id.to_string(),
        }
    }
}

fn missing(invocation: &Invocation) -> String {
    match invocation.deployment {
        Some(gone) if gone != DeploymentId::IN_PROCESS => format!(
            "somebody to resume it on another deployment than {gone}, which does not have its handler any more"
        ),
        _ => "a service that is neither bound nor deployed".to_owned(),
    }
}

fn reason(status: &Status) -> Option<&'static str> {
    match status {
        Status::Running(_) => None,
        Status::Scheduled => Some("the time it is scheduled for"),
        Status::Queued => Some("the next start of the engine"),
        Status::HeldBack => Some("its limits"),
        Status::AwaitsDeployment => Some("room on its deployment"),
        Status::Unbound => None,
        Status::BackingOff => Some("its next attempt"),
        Status::Suspended(_) => None,
        Status::Paused => Some("somebody to resume it"),
    }
}

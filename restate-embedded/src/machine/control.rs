//! What people do with invocations: cancel, kill, pause, resume, purge.

use std::mem;

use restate_core::wire::protocol::{
    Failure, MessageType, Notification, NotificationId, NotificationResult, OutputResult, Void,
};

use super::{
    Machine, Waiter,
    effects::{Action, Reply},
    invocation::Status,
};
use crate::{
    id::InvocationId,
    store::{AwaitingEntry, Write},
};

/// Something that people do with an invocation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Control {
    /// Ask its handler to come to an end, and those that it calls.
    Cancel,
    /// End it where it is, and those that it calls.
    Kill,
    /// Stop trying it until it is resumed.
    Pause,
    /// Try it, at once.
    Resume,
    /// Forget its result.
    Purge,
    /// Forget its journal, if that was kept.
    PurgeJournal,
}

impl Machine {
    /// The invocation is in memory.
    pub(super) fn control(&mut self, id: InvocationId, control: Control, waiter: Waiter) {
        let done = match control {
            Control::Cancel => {
                self.cancel(id);
                Ok(())
            }
            Control::Kill => {
                self.kill(id);
                Ok(())
            }
            Control::Pause => self.pause_by_hand(id),
            Control::Resume => self.resume_by_hand(id),
            Control::Purge | Control::PurgeJournal => {
                Err("it is not over; cancel or kill it first".to_owned())
            }
        };
        let reply = match done {
            Ok(()) => Reply::Done,
            Err(reason) => Reply::Refused(format!("{id} cannot be {}: {reason}", past(control))),
        };
        self.reply(waiter, reply);
    }

    /// The invocation has its result.
    pub(super) fn control_over(&mut self, id: InvocationId, control: Control, waiter: Waiter) {
        let reply = match control {
            Control::Purge => {
                self.effects.writes.push(Write::Expire { id });
                Reply::Done
            }
            Control::PurgeJournal => {
                self.effects.writes.push(Write::ForgetJournal { id });
                Reply::Done
            }
            _ => Reply::Refused(format!("{id} cannot be {}: it is over", past(control))),
        };
        self.reply(waiter, reply);
    }

    pub(super) fn cancel(&mut self, id: InvocationId) {
        match self.invocations.get(&id) {
            Some(invocation) if invocation.is_untouched() => self.complete_cancelled(id),
            _ => {
                let signal = Some(NotificationId::SignalId(1));
                let result = Some(NotificationResult::Void(Void {}));
                self.notify(id, MessageType::Signal, &Notification { id: signal, result });
            }
        }
    }

    /// Ends an invocation and those it called, callers first, so that no end wakes a caller.
    fn kill(&mut self, id: InvocationId) {
        let mut doomed = vec![id];
        while let Some(id) = doomed.pop() {
            let called = |caller: &crate::store::Caller| {
                caller.id == id && caller.entry == AwaitingEntry::Call
            };
            let callees = self.invocations.values().filter(|one| one.callers.iter().any(called));
            doomed.extend(callees.map(|one| one.id));
            self.stop_attempt(id);
            let failure = Failure { code: 409, message: "killed".into(), metadata: Vec::new() };
            self.complete(id, &OutputResult::Failure(failure));
        }
    }

    fn pause_by_hand(&mut self, id: InvocationId) -> Result<(), String> {
        let Some(invocation) = self.invocations.get_mut(&id) else { return Ok(()) };
        match invocation.status {
            Status::Running(_) | Status::BackingOff | Status::Suspended(_) => {
                self.stop_attempt(id);
                self.pause(id, "paused by hand".into());
                Ok(())
            }
            Status::Paused => Err("it is paused".into()),
            Status::Scheduled => Err("it waits for its time".into()),
            Status::Queued => Err("it waits for its key".into()),
            Status::HeldBack => Err("it waits until its limits let it run".into()),
            Status::Unbound => Err("no bound service has its handler".into()),
        }
    }

    fn resume_by_hand(&mut self, id: InvocationId) -> Result<(), String> {
        let Some(invocation) = self.invocations.get_mut(&id) else { return Ok(()) };
        match mem::replace(&mut invocation.status, Status::Queued) {
            Status::Paused | Status::Suspended(_) => {
                self.effects.writes.push(Write::Resume { id });
            }
            Status::BackingOff => self.clear_alarm(id),
            other => {
                let reason = match other {
                    Status::Running(_) => "it runs",
                    Status::Scheduled => "it waits for its time",
                    Status::Unbound => "no bound service has its handler",
                    Status::HeldBack => "it waits until its limits let it run",
                    _ => "it waits for its key",
                };
                invocation.status = other;
                return Err(reason.into());
            }
        }
        if let Some(invocation) = self.invocations.get_mut(&id) {
            invocation.failures = 0;
        }
        self.attempt(id);
        Ok(())
    }

    fn stop_attempt(&mut self, id: InvocationId) {
        if let Some(Status::Running(attempt)) = self.invocations.get(&id).map(|one| &one.status) {
            self.effects.actions.push(Action::Stop { attempt: attempt.number });
        }
    }
}

fn past(control: Control) -> &'static str {
    match control {
        Control::Cancel => "cancelled",
        Control::Kill => "killed",
        Control::Pause => "paused",
        Control::Resume => "resumed",
        Control::Purge => "purged",
        Control::PurgeJournal => "relieved of its journal",
    }
}

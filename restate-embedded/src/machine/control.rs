//! What people do with invocations: cancel, kill, pause, resume, purge.

use restate_core::wire::protocol::{
    Failure, MessageType, Notification, NotificationResult, OutputResult, Void,
};

use super::{
    Waiter,
    effects::{Event, Reply},
    invocation::Status,
    operations::CANCEL,
    step::Step,
};
use crate::{model::id::InvocationId, store::Write};

/// Something that people do with an invocation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Control {
    /// Ask its handler, and those of its callees, to end.
    Cancel,
    /// End it where it is, and its callees.
    Kill,
    /// Stop trying it until it is resumed.
    Pause,
    /// Try it at once.
    Resume,
    /// Remove its result.
    Purge,
    /// Remove its journal, if that was kept.
    PurgeJournal,
}

impl Step<'_> {
    /// Controls an invocation that is in memory.
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
                Err("it has not ended; cancel or kill it first")
            }
        };
        let reply = match done {
            Ok(()) => Reply::Done,
            Err(reason) => refused(id, control, reason),
        };
        self.reply(waiter, reply);
    }

    /// Controls an invocation that has its result.
    pub(super) fn control_completed(&mut self, id: InvocationId, control: Control, waiter: Waiter) {
        let reply = match control {
            Control::Purge => {
                self.write(Write::Expire { id });
                Reply::Done
            }
            Control::PurgeJournal => {
                self.write(Write::ForgetJournal { id });
                Reply::Done
            }
            Control::Cancel | Control::Kill | Control::Pause | Control::Resume => {
                refused(id, control, "it has ended")
            }
        };
        self.reply(waiter, reply);
    }

    pub(super) fn cancel(&mut self, id: InvocationId) {
        match self.known(id) {
            // Without an attempt there is no handler that could clean up.
            Some(invocation) if invocation.is_untouched() => self.complete_cancelled(id),
            Some(_) => {
                let result = Some(NotificationResult::Void(Void {}));
                let signal = Notification { id: Some(CANCEL), result };
                self.notify(id, MessageType::Signal, &signal);
            }
            None => {}
        }
    }

    /// Ends an invocation and its callees, callers first, so that no result wakes a caller.
    fn kill(&mut self, id: InvocationId) {
        let mut doomed = vec![id];
        while let Some(id) = doomed.pop() {
            // With an idempotency key a callee may have several callers, and be here twice.
            if !self.machine.invocations.contains_key(&id) {
                continue;
            }
            let invocations = self.machine.invocations.values();
            let callees = invocations.filter(|one| one.awaiters.is_called_by(id));
            doomed.extend(callees.map(|one| one.id));
            self.stop_attempt(id);
            let failure = Failure { code: 409, message: "killed".into(), metadata: Vec::new() };
            self.complete(id, &OutputResult::Failure(failure));
        }
    }

    fn pause_by_hand(&mut self, id: InvocationId) -> Result<(), &'static str> {
        let Some(invocation) = self.known(id) else { return Ok(()) };
        match &invocation.status {
            Status::Running(_) | Status::BackingOff | Status::Suspended(_) | Status::Unbound => {
                self.stop_attempt(id);
                self.pause(id, "paused by hand".into());
                self.report(id, Event::PausedByHand);
                Ok(())
            }
            Status::Paused => Err("it is paused already"),
            waiting => Err(reason_to_wait(waiting)),
        }
    }

    fn resume_by_hand(&mut self, id: InvocationId) -> Result<(), &'static str> {
        let Some(invocation) = self.machine.invocations.get_mut(&id) else {
            debug_assert!(false, "{id} is not in memory");
            return Ok(());
        };
        match &invocation.status {
            Status::Paused | Status::Suspended(_) => {
                invocation.status = Status::Queued;
                invocation.progress.forget_failures();
                self.write(Write::Resume { id });
            }
            Status::BackingOff => {
                self.machine.timers.clear_alarm(invocation);
                invocation.status = Status::Queued;
                invocation.progress.forget_failures();
            }
            Status::Running(_) => return Err("it is running"),
            waiting => return Err(reason_to_wait(waiting)),
        }
        self.attempt(id);
        Ok(())
    }
}

/// Why an invocation waits whose handler cannot run yet.
fn reason_to_wait(status: &Status) -> &'static str {
    match status {
        Status::Scheduled => "it waits for the time it is scheduled for",
        Status::HeldBack => "it waits until its limits let it run",
        Status::Unbound => "no bound service has its handler",
        _ => "it waits for its key",
    }
}

fn refused(id: InvocationId, control: Control, reason: &str) -> Reply {
    let refused = match control {
        Control::Cancel => "be cancelled",
        Control::Kill => "be killed",
        Control::Pause => "be paused",
        Control::Resume => "be resumed",
        Control::Purge => "be purged",
        Control::PurgeJournal => "have its journal deleted",
    };
    Reply::Refused(format!("{id} cannot {refused}: {reason}"))
}

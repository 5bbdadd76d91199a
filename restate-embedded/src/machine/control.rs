//! What people do with invocations: cancel, kill, pause, resume, purge.

use restate_core::wire::protocol::{
    Failure, MessageType, Notification, NotificationResult, OutputResult, Void,
};

use super::{
    Machine, Waiter,
    effects::{Event, Reply},
    input::InvocationRef,
    invocation::Status,
    operations::{CANCEL, Found},
    resume::ResumeOn,
    step::Step,
};
use crate::{
    model::{id::InvocationId, number_map::NumberMap},
    store::{StoreError, Write},
};

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
    Resume(ResumeOn),
    /// Remove its result.
    Purge,
    /// Remove its journal, if that was kept.
    PurgeJournal,
}

/// What came of the control of an invocation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    Done,
    /// There is no such invocation.
    Missing,
    /// It cannot be done, for this reason.
    Refused(String),
}

impl Step<'_> {
    /// Controls an invocation that may exist.
    pub(super) fn control_one(
        &mut self,
        id: InvocationId,
        control: Control,
        waiter: Waiter,
    ) -> Result<(), StoreError> {
        let reply = match self.control(id, control, &mut None)? {
            Outcome::Done => Reply::Done,
            Outcome::Missing => Reply::NotFound,
            Outcome::Refused(reason) => Reply::Refused(reason),
        };
        self.reply(waiter, reply);
        Ok(())
    }

    /// Controls invocations that may exist, in this order.
    pub(super) fn control_many(
        &mut self,
        ids: Vec<InvocationId>,
        control: Control,
        waiter: Waiter,
    ) -> Result<(), StoreError> {
        let mut callees = None;
        let mut outcomes = Vec::with_capacity(ids.len());
        for id in ids {
            outcomes.push((id, self.control(id, control, &mut callees)?));
        }
        self.reply(waiter, Reply::Outcomes(outcomes));
        Ok(())
    }

    /// Controls an invocation. `callees` are found at most once in a step.
    fn control(
        &mut self,
        id: InvocationId,
        control: Control,
        callees: &mut Option<Callees>,
    ) -> Result<Outcome, StoreError> {
        match self.find(&InvocationRef::Id(id))? {
            Found::Missing => return Ok(Outcome::Missing),
            Found::Completed(_) => return Ok(self.control_completed(id, control)),
            Found::InMemory(_) => {}
        }
        let done = match control {
            Control::Cancel => {
                self.cancel(id);
                Ok(())
            }
            Control::Kill => {
                self.kill(id, callees);
                Ok(())
            }
            Control::Pause => self.pause_by_hand(id).map_err(str::to_owned),
            Control::Resume(on) => self.resume_by_hand(id, on),
            Control::Purge | Control::PurgeJournal => {
                Err("it has not ended; cancel or kill it first".to_owned())
            }
        };
        Ok(match done {
            Ok(()) => Outcome::Done,
            Err(reason) => refused(id, control, &reason),
        })
    }

    /// Controls an invocation that has its result.
    fn control_completed(&mut self, id: InvocationId, control: Control) -> Outcome {
        match control {
            Control::Purge => {
                self.write(Write::Expire { id });
                Outcome::Done
            }
            Control::PurgeJournal => {
                self.write(Write::ForgetJournal { id });
                Outcome::Done
            }
            Control::Cancel | Control::Kill | Control::Pause | Control::Resume(_) => {
                refused(id, control, "it has ended")
            }
        }
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
    fn kill(&mut self, id: InvocationId, callees: &mut Option<Callees>) {
        let mut doomed = vec![id];
        while let Some(id) = doomed.pop() {
            // With an idempotency key a callee may have several callers, and be here twice.
            let Some(invocation) = self.machine.invocations.get(&id) else { continue };
            // One that has not run has called nobody. Thousands of those may wait for a key.
            if !invocation.is_untouched() {
                let callees = callees.get_or_insert_with(|| callees_of_all(self.machine));
                doomed.extend(callees.get(&id).into_iter().flatten());
            }
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
}

/// Invocations by those who have called them and wait for their results.
type Callees = NumberMap<InvocationId, Vec<InvocationId>>;

fn callees_of_all(machine: &Machine) -> Callees {
    let mut callees = Callees::default();
    for invocation in machine.invocations.values() {
        for caller in invocation.awaiters.callers() {
            callees.entry(caller).or_default().push(invocation.id);
        }
    }
    callees
}

/// Why an invocation waits whose handler cannot run yet.
pub(super) fn reason_to_wait(status: &Status) -> &'static str {
    match status {
        Status::Scheduled => "it waits for the time it is scheduled for",
        Status::HeldBack => "it waits until its limits let it run",
        Status::AwaitsDeployment => "it waits until its deployment has room for an attempt",
        Status::Unbound => "no service that is bound or deployed has its handler",
        _ => "it waits for its key",
    }
}

fn refused(id: InvocationId, control: Control, reason: &str) -> Outcome {
    let refused = match control {
        Control::Cancel => "be cancelled",
        Control::Kill => "be killed",
        Control::Pause => "be paused",
        Control::Resume(_) => "be resumed",
        Control::Purge => "be purged",
        Control::PurgeJournal => "have its journal deleted",
    };
    Outcome::Refused(format!("{id} cannot {refused}: {reason}"))
}

use std::collections::HashSet;

use restate_core::wire::protocol::{
    Failure, MessageType, Notification, NotificationId, NotificationResult, OutputResult, Void,
};

use super::{
    Machine,
    effects::{Acceptance, Question, Reply},
    input::{Asker, Operation, Origin, Query, Subject, Waiter},
    invocation::Status,
};
use crate::{
    id::InvocationId,
    store::{AwaitingEntry, Caller, Phase, StoredInvocation, Write},
};

/// The built-in signal that cancels an invocation.
const CANCEL: NotificationId = NotificationId::SignalId(1);

impl Machine {
    /// Does something with an invocation, at once if it is in memory.
    pub(super) fn operate(&mut self, query: Query) {
        match query.subject {
            Subject::Id(id) if self.invocations.contains_key(&id) => {
                self.perform(id, query.operation);
            }
            _ => self.effects.questions.push(Question::Find(Box::new(query))),
        }
    }

    /// Goes on with a query, now that it is known what the store holds.
    pub(super) fn found(&mut self, query: Query, found: Option<Box<StoredInvocation>>) {
        let Query { operation, reading, .. } = query;
        match found.map(|stored| *stored) {
            None => self.missing(operation),
            Some(StoredInvocation {
                id, idempotency_key, phase: Phase::Completed(result), ..
            }) => {
                let workflow = idempotency_key.as_deref() == Some("");
                self.over(Over { id, workflow, result }, operation);
            }
            Some(stored) => {
                let id = stored.id;
                if !self.invocations.contains_key(&id) {
                    // All but the scheduled ones are in memory.
                    self.admit(stored, Status::Scheduled);
                }
                self.perform(id, operation);
            }
        }
        if let Some(id) = reading {
            self.read_frames(id);
        }
    }

    /// The invocation is in memory.
    fn perform(&mut self, id: InvocationId, operation: Operation) {
        let Some(invocation) = self.invocations.get_mut(&id) else { return };
        match operation {
            Operation::Invoke(invoke) if invocation.is_workflow_run() => {
                self.refuse_second_run(id, invoke.origin);
            }
            Operation::Invoke(invoke) => {
                if let Origin::HandlerCall { caller, .. } = invoke.origin {
                    self.wait_for(id, caller);
                }
                self.accept(id, invoke.origin, Acceptance::Before);
            }
            Operation::Release => {
                if matches!(invocation.status, Status::Scheduled) {
                    invocation.status = Status::Queued;
                    let arrived = self.ids.next_order(self.now);
                    self.effects.writes.push(Write::Release { id, arrived });
                    self.start(id);
                }
            }
            Operation::Adopt(other) => self.refuse_adoption(other),
            Operation::Attach(Asker::Outside(waiter)) => invocation.waiters.push(waiter),
            Operation::Attach(Asker::Entry(caller)) => self.wait_for(id, caller),
            Operation::Peek(Asker::Outside(waiter)) => self.reply(waiter, Reply::NotReady),
            Operation::Peek(Asker::Entry(caller)) => {
                self.show(caller, NotificationResult::Void(Void {}));
            }
            Operation::Control(control, waiter) => self.control(id, control, waiter),
            Operation::Locate(waiter) => self.located(id, waiter),
            Operation::Signal(CANCEL, _) => self.cancel(id),
            Operation::Signal(signal, result) => {
                let notification = Notification { id: Some(signal), result: Some(result) };
                self.notify(id, MessageType::Signal, &notification);
            }
        }
    }

    /// The invocation has its result.
    fn over(&mut self, stored: Over, operation: Operation) {
        let Over { id, workflow, result } = stored;
        match operation {
            Operation::Invoke(invoke) if workflow => self.refuse_second_run(id, invoke.origin),
            Operation::Invoke(invoke) => match invoke.origin {
                Origin::Call(waiter) => self.reply(waiter, Reply::Result { id, result }),
                origin => {
                    self.accept(id, origin, Acceptance::Before);
                    if let Origin::HandlerCall { caller, .. } = origin {
                        self.return_to(caller, result);
                    }
                }
            },
            Operation::Adopt(other) => self.refuse_adoption(other),
            Operation::Attach(Asker::Outside(waiter)) | Operation::Peek(Asker::Outside(waiter)) => {
                self.reply(waiter, Reply::Result { id, result });
            }
            Operation::Attach(Asker::Entry(caller)) => self.return_to(caller, result),
            Operation::Peek(Asker::Entry(caller)) => self.show(caller, result.into()),
            Operation::Control(control, waiter) => self.control_over(id, control, waiter),
            Operation::Locate(waiter) => self.located(id, waiter),
            Operation::Release | Operation::Signal(..) => {}
        }
    }

    fn located(&mut self, id: InvocationId, waiter: Waiter) {
        self.reply(waiter, Reply::Accepted { id, acceptance: Acceptance::Before });
    }

    /// A workflow runs once for its key: who invokes it again is told so.
    fn refuse_second_run(&mut self, id: InvocationId, origin: Origin) {
        let result = OutputResult::Failure(already_run());
        match origin {
            Origin::Call(waiter) => self.reply(waiter, Reply::Result { id, result }),
            origin => {
                self.accept(id, origin, Acceptance::Before);
                if let Origin::HandlerCall { caller, .. } = origin {
                    self.return_to(caller, result);
                }
            }
        }
    }

    /// The workflow has run, or runs: an invocation from before it was bound came too late.
    fn refuse_adoption(&mut self, id: InvocationId) {
        self.complete(id, &OutputResult::Failure(already_run()));
    }

    /// Makes an invocation from before the workflow was bound its one run.
    fn adopt(&mut self, id: InvocationId) {
        let Some(invocation) = self.invocations.get_mut(&id) else { return };
        invocation.idempotency_key = Some("".into());
        invocation.retained = true;
        self.effects.writes.push(Write::Adopt { id });
        self.attempt(id);
    }

    /// Nobody waits behind these any more.
    pub(super) fn forget_waiters(&mut self, gone: &HashSet<Waiter>) {
        for invocation in self.invocations.values_mut() {
            invocation.waiters.retain(|waiter| !gone.contains(waiter));
        }
    }

    /// There is no such invocation.
    fn missing(&mut self, operation: Operation) {
        match operation {
            Operation::Invoke(invoke) => self.create(invoke),
            Operation::Adopt(id) => self.adopt(id),
            Operation::Locate(waiter) | Operation::Control(_, waiter) => {
                self.reply(waiter, Reply::NotFound);
            }
            Operation::Attach(Asker::Outside(waiter)) | Operation::Peek(Asker::Outside(waiter)) => {
                self.reply(waiter, Reply::NotFound);
            }
            Operation::Attach(Asker::Entry(caller)) => {
                self.return_to(caller, OutputResult::Failure(not_found()));
            }
            Operation::Peek(Asker::Entry(caller)) => {
                self.show(caller, NotificationResult::Failure(not_found()));
            }
            Operation::Release | Operation::Signal(..) => {}
        }
    }

    /// Makes a journal entry wait for the result of an invocation it did not start.
    fn wait_for(&mut self, id: InvocationId, caller: Caller) {
        if let Some(invocation) = self.invocations.get_mut(&id) {
            invocation.callers.push(caller);
            invocation.awaited = true;
            self.effects.writes.push(Write::Await { id, caller });
        }
    }

    fn show(&mut self, caller: Caller, result: NotificationResult) {
        debug_assert_eq!(caller.entry, AwaitingEntry::Attach, "calls wait, they do not look");
        let id = Some(NotificationId::CompletionId(caller.completion));
        let notification = Notification { id, result: Some(result) };
        self.notify(caller.id, MessageType::GetInvocationOutputCompletion, &notification);
    }
}

/// An invocation that has its result.
struct Over {
    id: InvocationId,
    /// Whether it is the `run` of a workflow.
    workflow: bool,
    result: OutputResult,
}

fn already_run() -> Failure {
    let message = "the workflow was invoked before under this key, and runs once; \
                   attach to it, or choose another key";
    Failure { code: 409, message: message.into(), metadata: Vec::new() }
}

fn not_found() -> Failure {
    let message = "there is no such invocation, or its result is not retained any more";
    Failure { code: 404, message: message.into(), metadata: Vec::new() }
}

//! What is done with an invocation that may be in memory, on disk only, over, or unknown.

use std::mem;

use restate_core::{
    Encoding,
    wire::protocol::{
        Failure, MessageType, Notification, NotificationId, NotificationResult, OutputResult, Void,
    },
};

use super::{
    Waiter, deadlock,
    effects::{AcceptedAs, Reply, WaitsFor},
    input::{InvocationRef, Operation, Origin, Recipient},
    invocation::Status,
    step::Step,
};
use crate::{
    model::{id::InvocationId, target::Target},
    store::{AwaitingEntry, Caller, Phase, StoreError, StoredInvocation, Write},
};

/// The built-in signal that cancels an invocation.
pub(super) const CANCEL: NotificationId = NotificationId::SignalId(1);

/// What is known of an invocation.
pub(super) enum Found {
    /// It is not over, and in memory by now.
    InMemory(InvocationId),
    Completed(Completed),
    /// It never existed, or its result is not retained any more.
    Missing,
}

/// An invocation that has its result.
pub(super) struct Completed {
    id: InvocationId,
    target: Target,
    is_workflow_run: bool,
    result: OutputResult,
    encoding: Option<Encoding>,
}

impl Step<'_> {
    /// Looks an invocation up. Takes it into memory if it is not over.
    pub(super) fn find(&mut self, invocation: &InvocationRef) -> Result<Found, StoreError> {
        let id = match invocation {
            InvocationRef::Id(id) => Some(*id),
            InvocationRef::Idempotent(target, key) => {
                self.store()?.by_idempotency_key(target, key)?
            }
            InvocationRef::Workflow(workflow) => {
                match self.machine.services.workflow_run(workflow) {
                    Some(run) => self.store()?.by_idempotency_key(&run, "")?,
                    None => None,
                }
            }
        };
        let Some(id) = id else { return Ok(Found::Missing) };
        if self.machine.invocations.contains_key(&id) {
            return Ok(Found::InMemory(id));
        }
        Ok(match self.store()?.invocation(id)? {
            None => Found::Missing,
            Some(StoredInvocation {
                phase: Phase::Completed(result),
                target,
                idempotency_key,
                encoding,
                ..
            }) => {
                let is_workflow_run = idempotency_key.as_deref() == Some("");
                Found::Completed(Completed { id, target, is_workflow_run, result, encoding })
            }
            Some(stored) => {
                debug_assert_eq!(stored.phase, Phase::Scheduled, "{id} is not in memory");
                self.admit(stored, Status::Scheduled);
                Found::InMemory(id)
            }
        })
    }

    /// Does something with an invocation that may exist.
    pub(super) fn operate(
        &mut self,
        invocation: &InvocationRef,
        operation: Operation,
    ) -> Result<(), StoreError> {
        match self.find(invocation)? {
            Found::InMemory(id) => self.operate_in_memory(id, operation),
            Found::Completed(completed) => self.operate_on_completed(completed, &operation),
            Found::Missing => self.operate_on_missing(&operation),
        }
        Ok(())
    }

    fn operate_in_memory(&mut self, id: InvocationId, operation: Operation) {
        match operation {
            Operation::Attach(Recipient::Client(waiter)) => {
                if let Some(invocation) = self.known(id) {
                    invocation.awaiters.add_client(waiter);
                }
            }
            Operation::Attach(Recipient::Entry(caller)) => self.add_awaiter(id, caller),
            Operation::Peek(Recipient::Client(waiter)) => self.reply(waiter, Reply::NotReady),
            Operation::Peek(Recipient::Entry(caller)) => {
                self.show(caller, NotificationResult::Void(Void {}));
            }
            Operation::Locate(waiter) => self.located(id, waiter),
            Operation::Signal(CANCEL, _) => self.cancel(id),
            Operation::Signal(signal, result) => {
                let notification = Notification { id: Some(signal), result: Some(result) };
                self.notify(id, MessageType::Signal, &notification);
            }
            Operation::ClientSignal(signal, result, waiter) => {
                let reply = self.signal_of_client(id, signal, result);
                self.reply(waiter, reply);
            }
        }
    }

    /// A client can be refused what does not fit in the journal; a handler cannot.
    fn signal_of_client(
        &mut self,
        id: InvocationId,
        signal: NotificationId,
        result: NotificationResult,
    ) -> Reply {
        if signal == CANCEL {
            self.cancel(id);
            return Reply::Done;
        }
        let notification = Notification { id: Some(signal), result: Some(result) };
        match self.try_notify(id, MessageType::Signal, &notification) {
            Ok(()) => Reply::Done,
            Err(length) => Reply::TooLarge(self.full_journal(length)),
        }
    }

    fn operate_on_completed(&mut self, completed: Completed, operation: &Operation) {
        let Completed { id, target, result, encoding, .. } = completed;
        match *operation {
            Operation::Attach(Recipient::Client(waiter))
            | Operation::Peek(Recipient::Client(waiter)) => {
                self.reply(waiter, Reply::Result { id, target, result, encoding });
            }
            Operation::Attach(Recipient::Entry(caller)) => self.return_to(caller, result),
            Operation::Peek(Recipient::Entry(caller)) => self.show(caller, result.into()),
            Operation::Locate(waiter) => self.located(id, waiter),
            // Nobody is left to receive it, which its sender cannot know.
            Operation::Signal(..) => {}
            Operation::ClientSignal(_, _, waiter) => self.reply(waiter, Reply::Done),
        }
    }

    fn operate_on_missing(&mut self, operation: &Operation) {
        match *operation {
            Operation::Locate(waiter)
            | Operation::Attach(Recipient::Client(waiter))
            | Operation::Peek(Recipient::Client(waiter)) => self.reply(waiter, Reply::NotFound),
            Operation::Attach(Recipient::Entry(caller)) => {
                self.return_to(caller, OutputResult::Failure(not_found()));
            }
            Operation::Peek(Recipient::Entry(caller)) => {
                self.show(caller, NotificationResult::Failure(not_found()));
            }
            // Nobody is left to receive it, which its sender cannot know.
            Operation::Signal(..) => {}
            Operation::ClientSignal(_, _, waiter) => self.reply(waiter, Reply::Done),
        }
    }

    /// An invocation is invoked again, with its idempotency key or as the `run` of its workflow.
    pub(super) fn invoked_again(&mut self, id: InvocationId, origin: Origin) {
        let run = self.known(id).filter(|invocation| invocation.is_workflow_run());
        if let Some(run) = run {
            let target = run.target.clone();
            return self.refuse_second_run(id, target, origin);
        }
        if let Origin::HandlerCall { caller, .. } = origin {
            self.add_awaiter(id, caller);
        }
        self.accept(id, origin, AcceptedAs::Before);
    }

    /// As [`invoked_again`](Self::invoked_again), but it is over.
    pub(super) fn invoked_after_end(&mut self, completed: Completed, origin: Origin) {
        if completed.is_workflow_run {
            return self.refuse_second_run(completed.id, completed.target, origin);
        }
        self.answer_at_once(completed, origin);
    }

    /// A workflow runs once for its key: the invoker of a second run is told so.
    fn refuse_second_run(&mut self, id: InvocationId, target: Target, origin: Origin) {
        let result = OutputResult::Failure(already_run());
        let run = Completed { id, target, is_workflow_run: true, result, encoding: None };
        self.answer_at_once(run, origin);
    }

    /// Answers an invoker whose result is known already.
    fn answer_at_once(&mut self, completed: Completed, origin: Origin) {
        let Completed { id, target, result, encoding, .. } = completed;
        match origin {
            Origin::Call(waiter) => {
                self.reply(waiter, Reply::Result { id, target, result, encoding });
            }
            Origin::Send(_) | Origin::HandlerSend { .. } => {
                self.accept(id, origin, AcceptedAs::Before);
            }
            Origin::HandlerCall { caller, .. } => {
                self.accept(id, origin, AcceptedAs::Before);
                self.return_to(caller, result);
            }
        }
    }

    /// The workflow has a run already: an invocation from before it was bound came too late.
    pub(super) fn refuse_adoption(&mut self, id: InvocationId) {
        self.complete(id, &OutputResult::Failure(already_run()));
    }

    /// Makes a journal entry wait for the result of an invocation that it did not create.
    fn add_awaiter(&mut self, id: InvocationId, caller: Caller) {
        if let Some(invocation) = self.known(id) {
            invocation.awaiters.add_entry(caller);
            let waiting = caller.id;
            self.write(Write::Await { id, caller });
            if deadlock::is_cycle(self.machine, waiting, id) {
                self.report_cycle(waiting, id, WaitsFor::Result);
            }
        }
    }

    /// Tells a client that does not wait any more which invocation it has waited for, and retains the
    /// result.
    pub(super) fn leave(&mut self, client: Waiter, waiter: Waiter) {
        let mut invocations = self.machine.invocations.values_mut();
        let left = invocations.find_map(|invocation| {
            let waited = invocation.awaiters.leave(client);
            waited.then(|| (invocation.id, mem::replace(&mut invocation.retained, true)))
        });
        match left {
            Some((id, was_retained)) => {
                if !was_retained {
                    self.write(Write::Retain { id });
                }
                self.located(id, waiter);
            }
            // It has its result already.
            None => self.reply(waiter, Reply::NotFound),
        }
    }

    fn located(&mut self, id: InvocationId, waiter: Waiter) {
        self.reply(waiter, Reply::Accepted { id, acceptance: AcceptedAs::Before });
    }

    fn show(&mut self, caller: Caller, result: NotificationResult) {
        debug_assert_eq!(caller.entry, AwaitingEntry::Attach, "only `output` entries peek");
        let id = Some(NotificationId::CompletionId(caller.completion));
        let notification = Notification { id, result: Some(result) };
        self.notify(caller.id, MessageType::GetInvocationOutputCompletion, &notification);
    }
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

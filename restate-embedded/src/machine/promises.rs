//! Promises of workflows: completed once, waited for by any number of handlers.

use restate_core::{
    contract::ServiceKind,
    wire::protocol::{
        CompletePromiseCommand, Completion, Failure, MessageType, Notification, NotificationId,
        NotificationResult, OutputResult, Void,
    },
};

use super::{Machine, commands::Violation, effects::Question};
use crate::{
    id::InvocationId,
    store::{AwaitingEntry, Caller, PromiseName, StoredPromise, Write},
};

/// Something that a handler does with a promise, once it is known how that stands.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct PromiseQuery {
    pub(crate) promise: PromiseName,
    /// The attempt whose command this is; it is read on only after the answer.
    pub(crate) asker: InvocationId,
    /// The completion id of that command.
    pub(crate) completion: u32,
    pub(crate) operation: PromiseOperation,
}

/// What can be done with a promise.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum PromiseOperation {
    /// Wait until it is completed.
    Await,
    /// Look whether it is completed.
    Peek,
    /// Complete it, unless it is.
    Complete(OutputResult),
}

impl Machine {
    pub(super) fn complete_promise(
        &mut self,
        id: InvocationId,
        command: CompletePromiseCommand,
    ) -> Result<(), Violation> {
        let CompletePromiseCommand { key, completion, result_completion_id, .. } = command;
        let result = match completion.ok_or("a promise is completed with nothing")? {
            Completion::Value(value) => OutputResult::Value(value),
            Completion::Failure(failure) => OutputResult::Failure(failure),
        };
        self.ask_promise(id, key, result_completion_id, PromiseOperation::Complete(result))
    }

    /// Finds out first how a promise stands; [`promise`](Self::promise) goes on from there.
    pub(super) fn ask_promise(
        &mut self,
        id: InvocationId,
        name: String,
        completion: u32,
        operation: PromiseOperation,
    ) -> Result<(), Violation> {
        let invocation = self.invocations.get(&id).ok_or("the invocation is over")?;
        let target = &invocation.target;
        let service = self.catalog.descriptor(&target.service);
        if service.is_none_or(|service| service.kind() != ServiceKind::Workflow) {
            let message = format!("{target}: only handlers of a workflow have promises");
            return Err(Violation::from(&*message));
        }
        let promise = PromiseName { object: target.object(), name };
        let query = PromiseQuery { promise, asker: id, completion, operation };
        self.effects.questions.push(Question::Promise(Box::new(query)));
        Ok(())
    }

    /// Goes on with a query, now that it is known how the promise stands.
    pub(super) fn promise(&mut self, query: PromiseQuery, found: StoredPromise) {
        let PromiseQuery { promise, asker, completion, operation } = query;
        let caller = Caller { id: asker, completion, entry: AwaitingEntry::Promise };
        match (operation, found.result) {
            (PromiseOperation::Await, Some(result)) => self.return_to(caller, result),
            (PromiseOperation::Await, None) => {
                self.effects.writes.push(Write::AwaitPromise { promise, caller });
            }
            (PromiseOperation::Peek, result) => {
                let result = result.map_or(NotificationResult::Void(Void {}), Into::into);
                self.answer(caller, MessageType::PeekPromiseCompletion, result);
            }
            (PromiseOperation::Complete(_), Some(_)) => {
                let result = NotificationResult::Failure(already_completed());
                self.answer(caller, MessageType::CompletePromiseCompletion, result);
            }
            (PromiseOperation::Complete(result), None) => {
                let write = Write::CompletePromise { promise, result: result.clone() };
                self.effects.writes.push(write);
                let void = NotificationResult::Void(Void {});
                self.answer(caller, MessageType::CompletePromiseCompletion, void);
                for awaiter in found.awaiters {
                    self.return_to(awaiter, result.clone());
                }
            }
        }
        self.read_frames(asker);
    }

    fn answer(&mut self, caller: Caller, ty: MessageType, result: NotificationResult) {
        let id = Some(NotificationId::CompletionId(caller.completion));
        self.notify(caller.id, ty, &Notification { id, result: Some(result) });
    }
}

fn already_completed() -> Failure {
    let message = "the promise was completed before; a promise is completed once";
    Failure { code: 409, message: message.into(), metadata: Vec::new() }
}

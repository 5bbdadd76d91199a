//! Promises of workflows: completed once, awaited by any number of handlers.

use restate_core::wire::protocol::{
    CompletePromiseCommand, Completion, Failure, GetPromiseCommand, MessageType,
    NotificationResult, OutputResult, PeekPromiseCommand, Void,
};

use super::{commands::CommandError, step::Step};
use crate::{
    model::id::InvocationId,
    store::{AwaitingEntry, Caller, PromiseName, StoredPromise, Write},
};

impl Step<'_> {
    /// Waits until a promise is completed.
    pub(super) fn get_promise(
        &mut self,
        id: InvocationId,
        command: GetPromiseCommand,
    ) -> Result<(), CommandError> {
        let promise = self.promise(id, command.key)?;
        let completion = command.result_completion_id;
        let caller = Caller { id, completion, entry: AwaitingEntry::Promise };
        match self.store()?.promise(&promise)?.result {
            Some(result) => self.return_to(caller, result),
            None => self.write(Write::AwaitPromise { promise, caller }),
        }
        Ok(())
    }

    /// Looks whether a promise is completed.
    pub(super) fn peek_promise(
        &mut self,
        id: InvocationId,
        command: PeekPromiseCommand,
    ) -> Result<(), CommandError> {
        let promise = self.promise(id, command.key)?;
        let result = self.store()?.promise(&promise)?.result;
        let result = result.map_or(NotificationResult::Void(Void {}), Into::into);
        let completion = command.result_completion_id;
        self.complete_entry(id, completion, MessageType::PeekPromiseCompletion, result);
        Ok(())
    }

    /// Completes a promise, unless it is completed.
    pub(super) fn complete_promise(
        &mut self,
        id: InvocationId,
        command: CompletePromiseCommand,
    ) -> Result<(), CommandError> {
        let result = match command.completion.ok_or("a promise is completed with nothing")? {
            Completion::Value(value) => OutputResult::Value(value),
            Completion::Failure(failure) => OutputResult::Failure(failure),
        };
        let promise = self.promise(id, command.key)?;
        let StoredPromise { result: before, awaiters } = self.store()?.promise(&promise)?;
        let answer = match before {
            Some(_) => NotificationResult::Failure(already_completed()),
            None => NotificationResult::Void(Void {}),
        };
        let is_completed_now = before.is_none();
        if is_completed_now {
            self.write(Write::CompletePromise { promise, result: result.clone() });
        }
        let completion = command.result_completion_id;
        self.complete_entry(id, completion, MessageType::CompletePromiseCompletion, answer);
        if is_completed_now {
            for awaiter in awaiters {
                self.return_to(awaiter, result.clone());
            }
        }
        Ok(())
    }

    /// The promise with this name, of the workflow that an invocation belongs to.
    fn promise(&mut self, id: InvocationId, name: String) -> Result<PromiseName, CommandError> {
        let target = self.invocation(id)?.target.clone();
        if !self.machine.services.is_workflow(&target) {
            return Err(CommandError::Violation(format!(
                "{target}: only handlers of a workflow have promises"
            )));
        }
        Ok(PromiseName { object: target.object(), name })
    }
}

fn already_completed() -> Failure {
    let message = "the promise was completed before; a promise is completed once";
    Failure { code: 409, message: message.into(), metadata: Vec::new() }
}

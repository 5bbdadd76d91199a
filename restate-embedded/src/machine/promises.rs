//! Promises of workflows: completed once, awaited by any number of handlers.

use restate_core::wire::protocol::{Failure, MessageType, NotificationResult, OutputResult, Void};

use super::step::Step;
use crate::{
    model::id::InvocationId,
    store::{AwaitingEntry, Caller, PromiseName, StoreError, StoredPromise, Write},
};

impl Step<'_> {
    /// Waits until a promise is completed.
    pub(super) fn get_promise(
        &mut self,
        id: InvocationId,
        promise: PromiseName,
        completion: u32,
    ) -> Result<(), StoreError> {
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
        promise: &PromiseName,
        completion: u32,
    ) -> Result<(), StoreError> {
        let result = self.store()?.promise(promise)?.result;
        let result = result.map_or(NotificationResult::Void(Void {}), Into::into);
        self.complete_entry(id, completion, MessageType::PeekPromiseCompletion, result);
        Ok(())
    }

    /// Completes a promise, unless it is completed.
    pub(super) fn complete_promise(
        &mut self,
        id: InvocationId,
        promise: PromiseName,
        result: &OutputResult,
        completion: u32,
    ) -> Result<(), StoreError> {
        let StoredPromise { result: before, awaiters } = self.store()?.promise(&promise)?;
        let answer = match before {
            Some(_) => NotificationResult::Failure(already_completed()),
            None => NotificationResult::Void(Void {}),
        };
        let is_completed_now = before.is_none();
        if is_completed_now {
            self.write(Write::CompletePromise { promise, result: result.clone() });
        }
        self.complete_entry(id, completion, MessageType::CompletePromiseCompletion, answer);
        if is_completed_now {
            for awaiter in awaiters {
                self.return_to(awaiter, result.clone());
            }
        }
        Ok(())
    }
}

fn already_completed() -> Failure {
    let message = "the promise was completed before; a promise is completed once";
    Failure { code: 409, message: message.into(), metadata: Vec::new() }
}

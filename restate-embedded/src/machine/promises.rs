//! Promises of workflows: completed once, awaited by any number of handlers.

use restate_core::wire::protocol::{Failure, MessageType, NotificationResult, OutputResult, Void};

use super::{effects::Reply, input::Waiter, step::Step};
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

    /// Completes a promise for a handler, unless it is completed.
    pub(super) fn complete_promise(
        &mut self,
        id: InvocationId,
        promise: PromiseName,
        result: &OutputResult,
        completion: u32,
    ) -> Result<(), StoreError> {
        let awaiters = self.store_promise(promise, result)?;
        let answer = match awaiters {
            Some(_) => NotificationResult::Void(Void {}),
            None => NotificationResult::Failure(already_completed()),
        };
        // First: the handler may await the promise itself, and receives results in program order.
        self.complete_entry(id, completion, MessageType::CompletePromiseCompletion, answer);
        self.tell_awaiters(awaiters, result);
        Ok(())
    }

    /// Completes a promise for a client, unless it is completed.
    pub(super) fn complete_promise_for_client(
        &mut self,
        promise: PromiseName,
        result: &OutputResult,
        waiter: Waiter,
    ) -> Result<(), StoreError> {
        let awaiters = self.store_promise(promise, result)?;
        let reply = match awaiters {
            Some(_) => Reply::Done,
            None => Reply::Refused(ALREADY_COMPLETED.to_owned()),
        };
        self.tell_awaiters(awaiters, result);
        self.reply(waiter, reply);
        Ok(())
    }

    /// Looks for a client whether a promise is completed.
    pub(super) fn peek_promise_for_client(
        &mut self,
        promise: &PromiseName,
        waiter: Waiter,
    ) -> Result<(), StoreError> {
        let result = self.store()?.promise(promise)?.result;
        self.reply(waiter, Reply::Promise(result));
        Ok(())
    }

    /// Stores what a promise is completed with, and returns who waits for it; `None` if it was
    /// completed before.
    fn store_promise(
        &mut self,
        promise: PromiseName,
        result: &OutputResult,
    ) -> Result<Option<Vec<Caller>>, StoreError> {
        let StoredPromise { result: before, awaiters } = self.store()?.promise(&promise)?;
        if before.is_some() {
            return Ok(None);
        }
        self.write(Write::CompletePromise { promise, result: result.clone() });
        Ok(Some(awaiters))
    }

    fn tell_awaiters(&mut self, awaiters: Option<Vec<Caller>>, result: &OutputResult) {
        for awaiter in awaiters.into_iter().flatten() {
            self.return_to(awaiter, result.clone());
        }
    }
}

const ALREADY_COMPLETED: &str = "the promise was completed before; a promise is completed once";

fn already_completed() -> Failure {
    Failure { code: 409, message: ALREADY_COMPLETED.into(), metadata: Vec::new() }
}

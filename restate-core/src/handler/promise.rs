//! Promises of workflows.

use std::{fmt, future::IntoFuture, marker::PhantomData};

use restate_sdk_shared_core::{NonEmptyValue, PayloadOptions, VM};

use crate::{
    attempt::{
        convert::{encode, failure, nothing, optional, value},
        future::DurableFuture,
        journal::Journal,
    },
    error::TerminalError,
    payload::{Payload, ValueFor},
};

/// A promise of a workflow: completed once, read by any of its handlers.
///
/// Awaiting it waits until it is completed.
#[must_use = "a promise does nothing until it is awaited, peeked at or completed"]
#[derive(Clone)]
pub struct Promise<'a, T> {
    journal: &'a Journal,
    name: String,
    value: PhantomData<fn() -> T>,
}

impl<'a, T: Payload> Promise<'a, T> {
    pub(crate) fn new(journal: &'a Journal, name: String) -> Self {
        Self { journal, name, value: PhantomData }
    }

    /// What it was completed with; `None` if it was not yet.
    pub fn peek(self) -> DurableFuture<'a, Option<T>> {
        let recorded =
            self.journal.record("`peek` of a promise", |vm| vm.sys_peek_promise(self.name));
        DurableFuture::new(self.journal, recorded, |found| optional(found, value))
    }

    /// Completes it with a value. Code 409 if it was completed before.
    #[expect(clippy::needless_pass_by_value, reason = "the value is given away")]
    pub fn resolve(self, value: impl ValueFor<T>) -> DurableFuture<'a, ()> {
        match encode(&value) {
            Ok(value) => self.complete(value),
            Err(error) => DurableFuture::refused(error, nothing),
        }
    }

    /// Completes it with a failure. Code 409 if it was completed before.
    #[expect(clippy::needless_pass_by_value, reason = "the error is given away")]
    pub fn reject(self, error: TerminalError) -> DurableFuture<'a, ()> {
        self.complete(NonEmptyValue::Failure(failure(&error)))
    }

    fn complete(self, value: NonEmptyValue) -> DurableFuture<'a, ()> {
        let recorded = self.journal.record("completing a promise", |vm| {
            vm.sys_complete_promise(self.name, value, PayloadOptions::default())
        });
        DurableFuture::new(self.journal, recorded, nothing)
    }
}

impl<'a, T: Payload> IntoFuture for Promise<'a, T> {
    type Output = Result<T, TerminalError>;
    type IntoFuture = DurableFuture<'a, T>;

    fn into_future(self) -> Self::IntoFuture {
        let recorded =
            self.journal.record("awaiting a promise", |vm| vm.sys_get_promise(self.name));
        DurableFuture::new(self.journal, recorded, value)
    }
}

impl<T> fmt::Debug for Promise<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Promise").field("name", &self.name).finish_non_exhaustive()
    }
}

//! Awakeables: values that are sent to an invocation from outside.

use std::{
    pin::Pin,
    task::{Context, Poll},
};

use restate_sdk_shared_core::{NonEmptyValue, NotificationHandle, PayloadOptions, VM};

use crate::{
    attempt::{
        convert::{encode, failure, value},
        durable::Waits,
        future::DurableFuture,
        journal::Journal,
    },
    error::TerminalError,
    payload::Payload,
};

/// A value that is sent to this invocation from outside, by its [`id`](Self::id).
#[must_use = "an awakeable that nobody awaits cannot wake anything"]
#[derive(Debug)]
pub struct Awakeable<'a, T> {
    id: String,
    value: DurableFuture<'a, T>,
}

impl<'a, T: Payload> Awakeable<'a, T> {
    pub(crate) fn new(journal: &'a Journal) -> Self {
        let recorded = journal.record("`awakeable`", VM::sys_awakeable);
        let (id, handle) = match recorded {
            Some(awakeable) => (awakeable.id, Some(awakeable.handle)),
            None => (String::new(), None),
        };
        Self { id, value: DurableFuture::new(journal, handle, value) }
    }
}

impl<T> Awakeable<'_, T> {
    /// The address to complete it under: `POST /restate/awakeables/{id}/resolve`, or
    /// [`resolve_awakeable`](crate::Context::resolve_awakeable) in another handler.
    pub fn id(&self) -> &str {
        &self.id
    }
}

impl<T> Future for Awakeable<'_, T> {
    type Output = Result<T, TerminalError>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        Pin::new(&mut self.value).poll(cx)
    }
}

impl<T> Waits for Awakeable<'_, T> {
    fn waits(&self) -> Option<(&Journal, NotificationHandle)> {
        self.value.waits()
    }
}

pub(crate) fn resolve_awakeable<T: Payload>(journal: &Journal, id: &str, value: &T) {
    complete_awakeable(journal, id, encode(value));
}

pub(crate) fn reject_awakeable(journal: &Journal, id: &str, error: &TerminalError) {
    complete_awakeable(journal, id, Ok(NonEmptyValue::Failure(failure(error))));
}

fn complete_awakeable(journal: &Journal, id: &str, value: Result<NonEmptyValue, TerminalError>) {
    match checked(id).and(value) {
        Ok(value) => {
            journal.record("completing an awakeable", |vm| {
                vm.sys_complete_awakeable(id.to_owned(), value, PayloadOptions::default())
            });
        }
        Err(error) => journal.keep_failure(error),
    }
}

/// Refuses a text that is not the id of an awakeable on any engine.
fn checked(id: &str) -> Result<(), TerminalError> {
    // A Restate server still accepts `prom_1…`, which older SDKs made.
    if id.starts_with("sign_1") || id.starts_with("prom_1") {
        return Ok(());
    }
    let message = format!(
        "`{id}` is not the id of an awakeable: an id starts with `sign_1`; use the one that \
         `Awakeable::id` returned"
    );
    Err(TerminalError::with_code(400, message))
}

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
    payload::{Payload, ValueFor},
    wire::ids::is_awakeable_id,
};

/// A value that is sent to this invocation from outside, by its [`id`](Self::id).
///
/// Journals do not say how it is encoded. A message is read as JSON if the value is JSON of its type,
/// and otherwise as binary protobuf. Awakeables and signals that are resolved with this library are read
/// as they were written.
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
    ///
    /// Whoever knows it can complete the awakeable. It contains the id of this invocation, from which
    /// the ids of its other awakeables follow; on both engines, give it only to those who may complete
    /// all of them.
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

pub(crate) fn resolve_awakeable<T: Payload>(journal: &Journal, id: &str, value: &impl ValueFor<T>) {
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
    if is_awakeable_id(id) {
        return Ok(());
    }
    let message = format!(
        "`{id}` is not the id of an awakeable: an id is `sign_1` and 38 letters and digits; use the \
         one that `Awakeable::id` returned"
    );
    Err(TerminalError::with_code(400, message))
}

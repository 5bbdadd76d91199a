//! Values that come from outside: awakeables, signals and the promises of workflows.

use std::{
    fmt,
    future::IntoFuture,
    marker::PhantomData,
    pin::Pin,
    task::{Context, Poll},
};

use restate_sdk_shared_core::{NonEmptyValue, NotificationHandle, PayloadOptions, VM};

use crate::{
    combine::sealed::Waits,
    error::TerminalError,
    future::{DurableFuture, nothing, optional, value},
    invocation::Invocation,
    payload::Payload,
    run::failure,
};

/// A value that somebody outside sends to this invocation, by [`id`](Self::id).
#[must_use = "an awakeable that nobody awaits cannot wake anything"]
#[derive(Debug)]
pub struct Awakeable<'a, T> {
    id: String,
    value: DurableFuture<'a, T>,
}

impl<'a, T: Payload> Awakeable<'a, T> {
    pub(crate) fn new(invocation: &'a Invocation) -> Self {
        let recorded = invocation.record("`awakeable`", VM::sys_awakeable);
        let (id, handle) = match recorded {
            Some(awakeable) => (awakeable.id, Some(awakeable.handle)),
            None => (String::new(), None),
        };
        Self { id, value: DurableFuture::new(invocation, handle, value) }
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
    fn waits(&self) -> Option<(&Invocation, NotificationHandle)> {
        self.value.waits()
    }
}

/// A promise of a workflow: completed once, read by any of its handlers.
///
/// Awaiting it waits until it is completed.
#[must_use = "a promise does nothing until it is awaited, peeked at or completed"]
#[derive(Clone)]
pub struct Promise<'a, T> {
    invocation: &'a Invocation,
    name: String,
    value: PhantomData<fn() -> T>,
}

impl<'a, T: Payload> Promise<'a, T> {
    pub(crate) fn new(invocation: &'a Invocation, name: String) -> Self {
        Self { invocation, name, value: PhantomData }
    }

    /// What it was completed with; `None` if it was not yet.
    pub fn peek(self) -> DurableFuture<'a, Option<T>> {
        let recorded =
            self.invocation.record("`peek` of a promise", |vm| vm.sys_peek_promise(self.name));
        DurableFuture::new(self.invocation, recorded, optional)
    }

    /// Completes it with a value. Code 409 if it was completed before.
    #[expect(clippy::needless_pass_by_value, reason = "the value is given away")]
    pub fn resolve(self, value: T) -> DurableFuture<'a, ()> {
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
        let recorded = self.invocation.record("completing a promise", |vm| {
            vm.sys_complete_promise(self.name, value, PayloadOptions::default())
        });
        DurableFuture::new(self.invocation, recorded, nothing)
    }
}

impl<'a, T: Payload> IntoFuture for Promise<'a, T> {
    type Output = Result<T, TerminalError>;
    type IntoFuture = DurableFuture<'a, T>;

    fn into_future(self) -> Self::IntoFuture {
        let recorded =
            self.invocation.record("awaiting a promise", |vm| vm.sys_get_promise(self.name));
        DurableFuture::new(self.invocation, recorded, value)
    }
}

impl<T> fmt::Debug for Promise<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Promise").field("name", &self.name).finish_non_exhaustive()
    }
}

pub(crate) fn signal<'a, T: Payload>(
    invocation: &'a Invocation,
    name: &str,
) -> DurableFuture<'a, T> {
    let recorded = invocation.record("`signal`", |vm| vm.create_signal_handle(name.to_owned()));
    DurableFuture::new(invocation, recorded, value)
}

pub(crate) fn resolve_awakeable<T: Payload>(invocation: &Invocation, id: &str, value: &T) {
    complete_awakeable(invocation, id, encode(value));
}

pub(crate) fn reject_awakeable(invocation: &Invocation, id: &str, error: &TerminalError) {
    complete_awakeable(invocation, id, Ok(NonEmptyValue::Failure(failure(error))));
}

fn complete_awakeable(
    invocation: &Invocation,
    id: &str,
    value: Result<NonEmptyValue, TerminalError>,
) {
    match value {
        Ok(value) => {
            invocation.record("completing an awakeable", |vm| {
                vm.sys_complete_awakeable(id.to_owned(), value, PayloadOptions::default())
            });
        }
        Err(error) => invocation.latch(error),
    }
}

/// A value as the state machine takes it.
pub(crate) fn encode<T: Payload>(value: &T) -> Result<NonEmptyValue, TerminalError> {
    match value.encode(T::FORMAT.preferred()) {
        Ok(bytes) => Ok(NonEmptyValue::Success(bytes)),
        Err(error) => Err(TerminalError::new(format!("cannot encode the value: {error}"))),
    }
}

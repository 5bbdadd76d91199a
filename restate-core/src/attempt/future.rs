//! The future that most operations of a context return.

use std::{
    fmt,
    pin::Pin,
    task::{Context, Poll, ready},
};

use restate_sdk_shared_core::{NotificationHandle, Value};

use crate::{
    attempt::{
        durable::{AwaitedNotification, Waits},
        journal::Journal,
    },
    error::TerminalError,
};

/// The result of a recorded operation.
///
/// The operation is recorded when this is created, not when it is awaited. Fails with code 409 when the
/// invocation is cancelled while this is awaited.
#[must_use = "the operation is recorded, but its result is lost if nobody awaits it"]
pub struct DurableFuture<'a, T> {
    state: Result<AwaitedNotification<'a>, Option<TerminalError>>,
    read: fn(Value) -> Result<T, TerminalError>,
}

impl<'a, T> DurableFuture<'a, T> {
    /// Waits for `handle`; never completes if recording has failed the attempt.
    pub(crate) fn new(
        journal: &'a Journal,
        handle: Option<NotificationHandle>,
        read: fn(Value) -> Result<T, TerminalError>,
    ) -> Self {
        Self { state: Ok(AwaitedNotification::new(journal, handle)), read }
    }

    /// An operation that was refused before it was recorded.
    pub(crate) fn refused(
        error: TerminalError,
        read: fn(Value) -> Result<T, TerminalError>,
    ) -> Self {
        Self { state: Err(Some(error)), read }
    }
}

impl<T> Future for DurableFuture<'_, T> {
    type Output = Result<T, TerminalError>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let future = self.get_mut();
        Poll::Ready(match &mut future.state {
            Ok(durable) => ready!(durable.poll_value(cx)).and_then(future.read),
            Err(refusal) => Err(refusal.take().expect("polled after completion")),
        })
    }
}

impl<T> Waits for DurableFuture<'_, T> {
    fn waits(&self) -> Option<(&Journal, NotificationHandle)> {
        self.state.as_ref().ok()?.waits()
    }
}

impl<T> fmt::Debug for DurableFuture<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DurableFuture").field("state", &self.state).finish_non_exhaustive()
    }
}

//! The future behind every durable operation: it waits for one journal notification.

use std::task::{Context, Poll};

use restate_sdk_shared_core::{NotificationHandle, Value};

use crate::{attempt::journal::Journal, error::TerminalError};

/// Waits for a notification; registered with its invocation from first poll to completion or drop.
#[derive(Debug)]
pub(crate) struct AwaitedNotification<'a> {
    journal: &'a Journal,
    state: State,
}

#[derive(Debug)]
enum State {
    /// Waits for what this handle stands for.
    Waiting(NotificationHandle),
    /// The attempt has failed or the operation was refused: nothing will ever come.
    Never,
    Done,
}

impl<'a> AwaitedNotification<'a> {
    /// Waits for `handle`, or forever if recording the command has failed the attempt.
    pub(crate) fn new(journal: &'a Journal, handle: Option<NotificationHandle>) -> Self {
        let state = handle.map_or(State::Never, State::Waiting);
        Self { journal, state }
    }

    pub(crate) fn handle(&self) -> Option<NotificationHandle> {
        match self.state {
            State::Waiting(handle) => Some(handle),
            State::Never | State::Done => None,
        }
    }

    /// Where this waits, and for what.
    pub(crate) fn waits(&self) -> Option<(&Journal, NotificationHandle)> {
        Some((self.journal, self.handle()?))
    }

    /// The notification's value, or code 409 if the invocation was cancelled meanwhile.
    pub(crate) fn poll_value(
        &mut self,
        cx: &mut Context<'_>,
    ) -> Poll<Result<Value, TerminalError>> {
        match self.state {
            State::Waiting(handle) => {
                let polled = self.journal.poll_notification(handle, cx);
                if polled.is_ready() {
                    self.state = State::Done;
                }
                polled
            }
            State::Never => Poll::Pending,
            State::Done => unreachable!("a durable future was polled after it had completed"),
        }
    }
}

impl Drop for AwaitedNotification<'_> {
    fn drop(&mut self) {
        if let State::Waiting(handle) = self.state {
            self.journal.stop_waiting(handle);
        }
    }
}

/// What combinators ask of a future; sealed, as this module is private.
pub trait Waits {
    /// Where this is waiting, and for what; `None` if it waits for nothing any more.
    fn waits(&self) -> Option<(&Journal, NotificationHandle)>;
}

//! The output of an attempt on its way from the transport to the response body.

use std::{
    collections::VecDeque,
    mem,
    sync::{Arc, Mutex, PoisonError},
};

use bytes::{Bytes, BytesMut};

use super::frames::RequestError;

/// Output that an attempt has produced and its response body has not sent yet.
///
/// Shared by the two because the body owns the attempt, whose transport writes here. The lock is
/// never contended: both run in one poll.
#[derive(Clone, Default)]
pub(super) struct AttemptOutput(Arc<Mutex<Unsent>>);

#[derive(Default)]
struct Unsent {
    chunk: Bytes,
    /// Output after `chunk` that is too long to copy to its end.
    rest: VecDeque<Bytes>,
    error: Option<RequestError>,
}

impl AttemptOutput {
    /// Longest chunk that is made by copying. HTTP/2 frames hold 16 KiB by default, so joining
    /// more would save no frame.
    const JOINED: usize = 16 << 10;

    pub(super) fn push(&self, bytes: Bytes) {
        self.with(|unsent| {
            let last = unsent.rest.back_mut().unwrap_or(&mut unsent.chunk);
            if last.is_empty() {
                *last = bytes;
            } else if last.len() + bytes.len() <= Self::JOINED {
                let mut joined = BytesMut::from(mem::take(last));
                joined.extend_from_slice(&bytes);
                *last = joined.freeze();
            } else {
                unsent.rest.push_back(bytes);
            }
        });
    }

    pub(super) fn take(&self) -> Bytes {
        self.with(|unsent| {
            let next = unsent.rest.pop_front().unwrap_or_default();
            mem::replace(&mut unsent.chunk, next)
        })
    }

    pub(super) fn is_empty(&self) -> bool {
        self.with(|unsent| unsent.chunk.is_empty())
    }

    /// Ends the attempt with `error` at the next poll of its body.
    pub(super) fn fail(&self, error: RequestError) {
        self.with(|unsent| unsent.error = Some(error));
    }

    pub(super) fn take_error(&self) -> Option<RequestError> {
        self.with(|unsent| unsent.error.take())
    }

    fn with<T>(&self, operation: impl FnOnce(&mut Unsent) -> T) -> T {
        operation(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

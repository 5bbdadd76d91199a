//! State of an object, one value a key.

use std::{
    fmt,
    marker::PhantomData,
    pin::Pin,
    task::{Context, Poll, ready},
};

use bytes::Bytes;
use restate_sdk_shared_core::{PayloadOptions, VM, Value};

use crate::{durable::Durable, error::TerminalError, invocation::Invocation, payload::Payload};

/// A value being read from state.
#[must_use = "the value is not read until it is awaited"]
pub struct Get<'a, T> {
    durable: Durable<'a>,
    value: PhantomData<fn() -> T>,
}

impl<'a, T: Payload> Get<'a, T> {
    pub(crate) fn start(invocation: &'a Invocation, key: &str) -> Self {
        let recorded = invocation.record("`get`", |vm| {
            vm.sys_state_get(key.to_owned(), None, PayloadOptions::default())
        });
        Self { durable: Durable::new(invocation, recorded), value: PhantomData }
    }
}

impl<T: Payload> Future for Get<'_, T> {
    type Output = Result<Option<T>, TerminalError>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let value = ready!(self.get_mut().durable.poll_value(cx))?;
        Poll::Ready(match value {
            Value::Success(bytes) => decode(bytes).map(Some),
            _ => Ok(None),
        })
    }
}

impl<T> fmt::Debug for Get<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Get").finish_non_exhaustive()
    }
}

fn decode<T: Payload>(bytes: Bytes) -> Result<T, TerminalError> {
    T::decode(bytes, T::FORMAT.preferred())
        .map_err(|error| TerminalError::new(format!("cannot read the state: {error}")))
}

pub(crate) fn set<T: Payload>(invocation: &Invocation, key: &str, value: &T) {
    match value.encode(T::FORMAT.preferred()) {
        Ok(bytes) => {
            invocation.record("`set`", |vm| {
                vm.sys_state_set(key.to_owned(), bytes, None, PayloadOptions::default())
            });
        }
        Err(error) => {
            let message = format!("cannot encode the value of state `{key}`: {error}");
            invocation.latch(TerminalError::new(message));
        }
    }
}

pub(crate) fn clear(invocation: &Invocation, key: &str) {
    invocation.record("`clear`", |vm| vm.sys_state_clear(key.to_owned(), None));
}

pub(crate) fn clear_all(invocation: &Invocation) {
    invocation.record("`clear_all`", |vm| vm.sys_state_clear_all(None));
}

//! State of an object, one value a key.

use restate_sdk_shared_core::{PayloadOptions, VM, Value};

use crate::{
    error::TerminalError,
    future::{DurableFuture, optional},
    invocation::Invocation,
    payload::Payload,
};

pub(crate) fn get<'a, T: Payload>(
    invocation: &'a Invocation,
    key: &str,
) -> DurableFuture<'a, Option<T>> {
    let recorded = invocation
        .record("`get`", |vm| vm.sys_state_get(key.to_owned(), None, PayloadOptions::default()));
    DurableFuture::new(invocation, recorded, optional)
}

pub(crate) fn keys(invocation: &Invocation) -> DurableFuture<'_, Vec<String>> {
    let recorded = invocation.record("`state_keys`", |vm| vm.sys_state_get_keys(None));
    DurableFuture::new(invocation, recorded, |value| match value {
        Value::StateKeys(keys) => Ok(keys),
        _ => Err(TerminalError::new("the engine answered with another thing than state keys")),
    })
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

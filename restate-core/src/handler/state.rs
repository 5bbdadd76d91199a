//! State of an object, one value a key.

use std::{fmt, marker::PhantomData};

use restate_sdk_shared_core::{PayloadOptions, VM, Value};

use crate::{
    attempt::{
        convert::{optional, own_value},
        future::DurableFuture,
        journal::Journal,
    },
    error::TerminalError,
    handler::context::{ReadState, WriteState},
    payload::{Payload, ValueFor},
};

pub(crate) fn get<'a, T: Payload>(journal: &'a Journal, key: &str) -> DurableFuture<'a, Option<T>> {
    let recorded = journal
        .record("`get`", |vm| vm.sys_state_get(key.to_owned(), None, PayloadOptions::default()));
    DurableFuture::new(journal, recorded, |value| optional(value, own_value))
}

pub(crate) fn keys(journal: &Journal) -> DurableFuture<'_, Vec<String>> {
    let recorded = journal.record("`state_keys`", |vm| vm.sys_state_get_keys(None));
    if let Some(handle) = recorded {
        journal.with_cleared_keys(|cleared| cleared.list(handle));
    }
    DurableFuture::new(journal, recorded, |value| match value {
        Value::StateKeys(keys) => Ok(keys),
        _ => Err(TerminalError::new("the engine answered with another thing than state keys")),
    })
}

pub(crate) fn set<T: Payload>(journal: &Journal, key: &str, value: &impl ValueFor<T>) {
    match value.encode_value(T::FORMAT.preferred()) {
        Ok(bytes) => {
            journal.record("`set`", |vm| {
                vm.sys_state_set(key.to_owned(), bytes, None, PayloadOptions::default())
            });
            journal.with_cleared_keys(|cleared| cleared.set(key));
        }
        Err(error) => {
            let message = format!("cannot encode the value of state `{key}`: {error}");
            journal.keep_failure(TerminalError::new(message));
        }
    }
}

pub(crate) fn clear(journal: &Journal, key: &str) {
    journal.record("`clear`", |vm| vm.sys_state_clear(key.to_owned(), None));
    journal.with_cleared_keys(|cleared| cleared.clear(key));
}

pub(crate) fn clear_all(journal: &Journal) {
    journal.record("`clear_all`", |vm| vm.sys_state_clear_all(None));
}

/// A key of an object's state, with the type of its value.
///
/// ```
/// use restate_core::{HandlerResult, ObjectContext, StateKey};
///
/// const COUNT: StateKey<u64> = StateKey::new("count");
///
/// async fn add(ctx: ObjectContext<'_>, delta: u64) -> HandlerResult<u64> {
///     let count = COUNT.get(ctx).await?.unwrap_or_default() + delta;
///     COUNT.set(ctx, count);
///     Ok(count)
/// }
/// ```
pub struct StateKey<T> {
    name: &'static str,
    value: PhantomData<fn() -> T>,
}

impl<T> StateKey<T> {
    /// The key called `name`.
    pub const fn new(name: &'static str) -> Self {
        Self { name, value: PhantomData }
    }

    /// Removes it, in a handler that may write.
    pub fn clear<'a>(self, ctx: impl WriteState<'a>) {
        ctx.into().clear(self.name);
    }
}

impl<T: Payload> StateKey<T> {
    /// Reads it; `None` if it is not set.
    pub fn get<'a>(self, ctx: impl ReadState<'a>) -> DurableFuture<'a, Option<T>> {
        ctx.into().get(self.name)
    }

    /// Writes it, in a handler that may.
    pub fn set<'a>(self, ctx: impl WriteState<'a>, value: impl ValueFor<T>) {
        ctx.into().set::<T>(self.name, value);
    }
}

impl<T> Clone for StateKey<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for StateKey<T> {}

impl<T> fmt::Debug for StateKey<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("StateKey").field(&self.name).finish()
    }
}

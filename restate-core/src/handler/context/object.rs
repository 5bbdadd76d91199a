//! Contexts of objects: state under a key.

use std::ops::Deref;

use super::{Context, HandlerContext, WriteState, ability::refused};
use crate::{
    attempt::{future::DurableFuture, journal::Journal},
    handler::state,
    payload::{Payload, ValueFor},
};

/// Context of an object's handler that runs beside others and reads state.
#[derive(Clone, Copy, Debug)]
pub struct SharedObjectContext<'a> {
    context: Context<'a>,
}

impl<'a> SharedObjectContext<'a> {
    /// Key of the object.
    pub fn key(self) -> &'a str {
        self.journal.key()
    }

    /// Reads a key of the object's state, as it is in this invocation; `None` if it is not set.
    pub fn get<T: Payload>(self, key: &str) -> DurableFuture<'a, Option<T>> {
        state::get(self.journal, key)
    }

    /// Lists the keys of the object's state.
    pub fn state_keys(self) -> DurableFuture<'a, Vec<String>> {
        state::keys(self.journal)
    }
}

/// Refused, so that the compiler says why.
#[doc(hidden)]
impl SharedObjectContext<'_> {
    pub fn set<T: Payload>(self, _: &str, _: impl ValueFor<T>)
    where
        for<'never> Self: WriteState<'never>,
    {
        refused()
    }

    pub fn clear(self, _: &str)
    where
        for<'never> Self: WriteState<'never>,
    {
        refused()
    }

    pub fn clear_all(self)
    where
        for<'never> Self: WriteState<'never>,
    {
        refused()
    }
}

impl<'a> Deref for SharedObjectContext<'a> {
    type Target = Context<'a>;

    fn deref(&self) -> &Context<'a> {
        &self.context
    }
}

/// Context of an object's handler that runs alone on its key and may write state.
#[derive(Clone, Copy, Debug)]
pub struct ObjectContext<'a> {
    shared: SharedObjectContext<'a>,
}

impl ObjectContext<'_> {
    /// Writes a key of the object's state: a payload, or a borrow of one, such as `"text"`.
    ///
    /// The write stays even if the handler fails later. A value that cannot be encoded ends the
    /// invocation.
    #[expect(clippy::needless_pass_by_value, reason = "`ctx.set(\"count\", 7)` reads best")]
    pub fn set<T: Payload>(self, key: &str, value: impl ValueFor<T>) {
        state::set(self.journal, key, &value);
    }

    /// Removes a key of the object's state.
    pub fn clear(self, key: &str) {
        state::clear(self.journal, key);
    }

    /// Removes every key of the object's state.
    pub fn clear_all(self) {
        state::clear_all(self.journal);
    }
}

impl<'a> Deref for ObjectContext<'a> {
    type Target = SharedObjectContext<'a>;

    fn deref(&self) -> &SharedObjectContext<'a> {
        &self.shared
    }
}

impl<'a> HandlerContext<'a> for SharedObjectContext<'a> {
    fn new(journal: &'a Journal) -> Self {
        Self { context: Context::new(journal) }
    }
}

impl<'a> HandlerContext<'a> for ObjectContext<'a> {
    fn new(journal: &'a Journal) -> Self {
        Self { shared: SharedObjectContext::new(journal) }
    }
}

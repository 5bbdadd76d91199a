use std::{collections::HashSet, mem};

use super::input::Waiter;
use crate::{
    model::id::InvocationId,
    store::{AwaitingEntry, Caller},
};

/// Who waits for the result of an invocation.
#[derive(Debug, Default)]
pub(super) struct Awaiters {
    entries: Vec<Caller>,
    /// Whether some of the entries have rows of their own: all but that of the call which created
    /// the invocation.
    has_rows: bool,
    clients: Vec<Waiter>,
}

impl Awaiters {
    /// As they are stored: the entry that created the invocation, and those that came later.
    pub(super) fn from_stored(caller: Option<Caller>, later: Vec<Caller>) -> Self {
        let has_rows = !later.is_empty();
        let entries = caller.into_iter().chain(later).collect();
        Self { entries, has_rows, clients: Vec::new() }
    }

    /// Adds an entry, for which the caller of this stores a row.
    pub(super) fn add_entry(&mut self, entry: Caller) {
        self.entries.push(entry);
        self.has_rows = true;
    }

    pub(super) fn add_client(&mut self, client: Waiter) {
        self.clients.push(client);
    }

    /// Removes a client; false if it did not wait.
    pub(super) fn leave(&mut self, client: Waiter) -> bool {
        let before = self.clients.len();
        self.clients.retain(|it| *it != client);
        self.clients.len() < before
    }

    /// Removes clients that do not wait any more.
    pub(super) fn forget(&mut self, gone: &HashSet<Waiter>) {
        self.clients.retain(|client| !gone.contains(client));
    }

    pub(super) fn has_rows(&self) -> bool {
        self.has_rows
    }

    /// The invocations whose entries wait.
    pub(super) fn invocations(&self) -> impl Iterator<Item = InvocationId> {
        self.entries.iter().map(|entry| entry.id)
    }

    /// The invocations that called this one and wait for its result.
    pub(super) fn callers(&self) -> impl Iterator<Item = InvocationId> {
        self.entries.iter().filter(|it| it.entry == AwaitingEntry::Call).map(|it| it.id)
    }

    /// Whether this entry of `caller` waits.
    pub(super) fn has_entry(&self, caller: InvocationId, completion: u32) -> bool {
        self.entries.iter().any(|it| it.id == caller && it.completion == completion)
    }

    #[cfg(any(test, feature = "testing"))]
    pub(super) fn take_clients(&mut self) -> Vec<Waiter> {
        mem::take(&mut self.clients)
    }

    /// Takes out everybody who waits, as the result is there.
    pub(super) fn take(&mut self) -> (Vec<Waiter>, Vec<Caller>) {
        (mem::take(&mut self.clients), mem::take(&mut self.entries))
    }
}

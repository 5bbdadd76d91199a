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

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(n: u64, completion: u32, entry: AwaitingEntry) -> Caller {
        Caller { id: InvocationId::new(n, 0, n), completion, entry }
    }

    #[test]
    fn only_entries_that_came_later_have_rows() {
        let created = entry(1, 1, AwaitingEntry::Call);
        let later = entry(2, 1, AwaitingEntry::Attach);
        assert!(!Awaiters::from_stored(Some(created), Vec::new()).has_rows());
        assert!(Awaiters::from_stored(Some(created), vec![later]).has_rows());
        let mut awaiters = Awaiters::default();
        assert!(!awaiters.has_rows());
        awaiters.add_entry(later);
        assert!(awaiters.has_rows());
        assert_eq!(awaiters.take(), (Vec::new(), vec![later]));
    }

    #[test]
    fn entries_are_found_by_their_invocation_and_completion() {
        let (call, attach) = (entry(1, 1, AwaitingEntry::Call), entry(2, 2, AwaitingEntry::Attach));
        let awaiters = Awaiters::from_stored(Some(call), vec![attach]);
        assert!(awaiters.has_entry(call.id, 1) && awaiters.has_entry(attach.id, 2));
        assert!(!awaiters.has_entry(call.id, 2) && !awaiters.has_entry(attach.id, 1));
        assert_eq!(awaiters.invocations().collect::<Vec<_>>(), [call.id, attach.id]);
        assert_eq!(awaiters.callers().collect::<Vec<_>>(), [call.id]);
    }

    #[test]
    fn clients_leave_and_the_others_stay() {
        let mut awaiters = Awaiters::default();
        (1..=4).for_each(|n| awaiters.add_client(Waiter(n)));
        assert!(awaiters.leave(Waiter(2)));
        assert!(!awaiters.leave(Waiter(2)));
        awaiters.forget(&HashSet::from([Waiter(3), Waiter(9)]));
        assert_eq!(awaiters.take_clients(), [Waiter(1), Waiter(4)]);
        assert_eq!(awaiters.take(), (Vec::new(), Vec::new()));
    }
}

use std::collections::HashMap;

use super::waiting_line::WaitingLine;
use crate::model::{id::InvocationId, number_map::NumberMap, target::Object};

/// Exclusive invocations by the key they run under, in order of arrival.
///
/// Invariants: the first one of a queue holds the key, from its arrival until it completes, also
/// while it is suspended or paused; no queue is empty; an invocation is in one queue at most;
/// `tickets` has those that wait behind a holder.
#[derive(Debug, Default)]
pub(super) struct Queues {
    by_object: HashMap<Object, WaitingLine>,
    /// Grows with each invocation that joins a queue.
    joined: u64,
    tickets: NumberMap<InvocationId, u64>,
}

impl Queues {
    /// Adds an invocation to the queue of `object`. True if it holds the key now.
    pub(super) fn join(&mut self, object: Object, id: InvocationId) -> bool {
        debug_assert!(!self.tickets.contains_key(&id), "{id} joins its queue twice");
        let queue = self.by_object.entry(object).or_default();
        let holds = queue.is_empty();
        self.joined += 1;
        queue.push(self.joined, id);
        if !holds {
            self.tickets.insert(id, self.joined);
        }
        holds
    }

    /// Removes an invocation. Returns the next holder, if this one held the key.
    pub(super) fn leave(&mut self, object: &Object, id: InvocationId) -> Option<InvocationId> {
        // One that was still scheduled has never joined.
        let queue = self.by_object.get_mut(object)?;
        if queue.first().is_none_or(|(_, holder)| holder != id) {
            if let Some(ticket) = self.tickets.remove(&id) {
                queue.remove(ticket);
            }
            return None;
        }
        queue.pop_first();
        let Some((_, next)) = queue.first() else {
            self.by_object.remove(object);
            return None;
        };
        self.tickets.remove(&next);
        Some(next)
    }

    /// Who holds the key of `object`.
    pub(super) fn holder(&self, object: &Object) -> Option<InvocationId> {
        self.by_object.get(object)?.first().map(|(_, holder)| holder)
    }

    /// Who waits for the key of `object`, behind its holder.
    pub(super) fn behind_holder(&self, object: &Object) -> impl Iterator<Item = InvocationId> {
        self.by_object.get(object).into_iter().flat_map(|queue| queue.iter().skip(1))
    }

    #[cfg(test)]
    pub(super) fn iter(&self) -> impl Iterator<Item = (&Object, &WaitingLine)> {
        self.by_object.iter()
    }

    /// Who has a ticket.
    #[cfg(test)]
    pub(super) fn waiting(&self) -> impl Iterator<Item = InvocationId> {
        self.tickets.keys().copied()
    }
}

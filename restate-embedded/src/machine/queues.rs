use std::collections::{HashMap, VecDeque};

use crate::model::{id::InvocationId, target::Object};

/// Exclusive invocations by the key they run under, in order of arrival.
///
/// Invariants: the first one of a queue holds the key, from its arrival until it completes, also
/// while it is suspended or paused; no queue is empty; an invocation is in one queue at most.
#[derive(Debug, Default)]
pub(super) struct Queues {
    by_object: HashMap<Object, VecDeque<InvocationId>>,
}

impl Queues {
    /// Adds an invocation to the queue of `object`. True if it holds the key now.
    pub(super) fn join(&mut self, object: Object, id: InvocationId) -> bool {
        let queue = self.by_object.entry(object).or_default();
        debug_assert!(queue.back() != Some(&id), "{id} joins its queue twice");
        queue.push_back(id);
        queue.len() == 1
    }

    /// Removes an invocation. Returns the next holder, if this one held the key.
    pub(super) fn leave(&mut self, object: &Object, id: InvocationId) -> Option<InvocationId> {
        // One that was still scheduled has never joined.
        let queue = self.by_object.get_mut(object)?;
        if queue.front() != Some(&id) {
            queue.retain(|waiting| *waiting != id);
            return None;
        }
        queue.pop_front();
        let next = queue.front().copied();
        if next.is_none() {
            self.by_object.remove(object);
        }
        next
    }

    /// Who holds the key of `object`.
    pub(super) fn holder(&self, object: &Object) -> Option<InvocationId> {
        self.by_object.get(object).and_then(VecDeque::front).copied()
    }

    /// Who waits for the key of `object`, behind its holder.
    pub(super) fn behind_holder(&self, object: &Object) -> impl Iterator<Item = InvocationId> {
        self.by_object.get(object).into_iter().flat_map(|queue| queue.iter().skip(1).copied())
    }

    #[cfg(test)]
    pub(super) fn iter(&self) -> impl Iterator<Item = (&Object, &VecDeque<InvocationId>)> {
        self.by_object.iter()
    }
}

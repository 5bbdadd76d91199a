//! Calls in a circle: each waits for a key that another one holds, which waits for it in turn.

use std::collections::{HashSet, VecDeque};

use restate_core::contract::HandlerKind;

use super::{Machine, effects::Event};
use crate::id::InvocationId;

/// So many of those that wait are looked at, so that a long queue does not make calls slow.
const LOOKED_AT: usize = 256;

impl Machine {
    /// Tells people if `id`, which has just queued up for its key, closes a circle.
    pub(super) fn report_circle(&mut self, id: InvocationId) {
        if self.closes_circle(id) {
            self.report(id, Event::Circle);
        }
    }

    fn closes_circle(&self, id: InvocationId) -> bool {
        let Some(holder) = self.queue_of(id).and_then(VecDeque::front) else { return false };
        let mut seen = HashSet::from([id]);
        let mut waiting = vec![id];
        while let Some(waited_for) = waiting.pop() {
            for next in self.waiting_for(waited_for) {
                if next == *holder {
                    return true;
                }
                if seen.len() < LOOKED_AT && seen.insert(next) {
                    waiting.push(next);
                }
            }
        }
        false
    }

    /// Those that called this one, and those that queue up behind it.
    fn waiting_for(&self, id: InvocationId) -> impl Iterator<Item = InvocationId> {
        let invocation = self.invocations.get(&id);
        let callers = invocation.into_iter().flat_map(|one| &one.callers).map(|caller| caller.id);
        let queue = self.queue_of(id).filter(|queue| queue.front() == Some(&id));
        callers.chain(queue.into_iter().flat_map(|queue| queue.iter().skip(1).copied()))
    }

    fn queue_of(&self, id: InvocationId) -> Option<&VecDeque<InvocationId>> {
        let target = &self.invocations.get(&id)?.target;
        let is_exclusive = self.catalog.kind(target) == Some(HandlerKind::Exclusive);
        self.queues.get(&target.object()).filter(|_| is_exclusive)
    }
}

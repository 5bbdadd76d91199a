//! Detection of deadlocks: invocations that wait for each other.

use std::collections::HashSet;

use super::Machine;
use crate::model::{id::InvocationId, target::Object};

/// How many waiting invocations are looked at. A detection runs whenever an invocation begins to wait
/// for another, so it must stay cheap; a cycle through more invocations than this is not reported.
const MAX_VISITED: usize = 256;

/// The holder of the key that `id`, which has just joined a queue, waits for, if that waits for `id` in
/// turn.
pub(super) fn closed_by_key(machine: &Machine, id: InvocationId) -> Option<InvocationId> {
    let Some(holder) = object(machine, id).and_then(|key| machine.queues.holder(&key)) else {
        debug_assert!(false, "{id} has not joined a queue");
        return None;
    };
    is_cycle(machine, id, holder).then_some(holder)
}

/// Whether `waited_for`, for which `waiting` waits, waits for that in turn.
///
/// The search starts at `waiting`, and goes from each invocation to those that wait for it: its callers
/// and, if it holds its key, the queue behind it. A caller counts whether or not it awaits the
/// result: nothing tells the two apart until it suspends. So this is a reason for a warning only.
pub(super) fn is_cycle(machine: &Machine, waiting: InvocationId, waited_for: InvocationId) -> bool {
    if waiting == waited_for {
        return true;
    }
    let mut seen = HashSet::from([waiting]);
    let mut pending = vec![waiting];
    while let Some(next) = pending.pop() {
        let invocation = machine.invocations.get(&next);
        let callers = invocation.into_iter().flat_map(|one| one.awaiters.invocations());
        let held = object(machine, next);
        let held = held.filter(|key| machine.queues.holder(key) == Some(next));
        let queue = held.iter().flat_map(|key| machine.queues.behind_holder(key));
        let queue = queue.take(MAX_VISITED);
        for waiting in callers.chain(queue) {
            if waiting == waited_for {
                return true;
            }
            if seen.len() < MAX_VISITED && seen.insert(waiting) {
                pending.push(waiting);
            }
        }
    }
    false
}

/// The object whose key an exclusive invocation holds or waits for.
pub(super) fn object(machine: &Machine, id: InvocationId) -> Option<Object> {
    let invocation = machine.invocations.get(&id)?;
    invocation.is_queued.then(|| invocation.target.object())
}

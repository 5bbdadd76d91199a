//! Detection of deadlocks: invocations that wait for a key whose holder waits for them.

use std::collections::HashSet;

use super::Machine;
use crate::model::{id::InvocationId, target::Object};

/// How many waiting invocations are looked at. A detection runs whenever an invocation joins a
/// queue, so it must stay cheap; a cycle through more invocations than this is not reported.
const MAX_VISITED: usize = 256;

/// Whether `id`, which has just joined a queue, waits for a holder that waits for it in turn.
///
/// The search starts at `id`, and goes from each invocation to those that wait for it: its callers
/// and, if it holds its key, the queue behind it. A caller counts whether or not it awaits the
/// result: nothing tells the two apart until it suspends. So this is a reason for a warning only.
pub(super) fn closes_cycle(machine: &Machine, id: InvocationId) -> bool {
    let Some(holder) = object(machine, id).and_then(|key| machine.queues.holder(&key)) else {
        debug_assert!(false, "{id} has not joined a queue");
        return false;
    };
    let mut seen = HashSet::from([id]);
    let mut pending = vec![id];
    while let Some(waited_for) = pending.pop() {
        let invocation = machine.invocations.get(&waited_for);
        let callers = invocation.into_iter().flat_map(|one| one.awaiters.invocations());
        let held = object(machine, waited_for);
        let held = held.filter(|key| machine.queues.holder(key) == Some(waited_for));
        let queue = held.iter().flat_map(|key| machine.queues.behind_holder(key));
        let queue = queue.take(MAX_VISITED);
        for waiting in callers.chain(queue) {
            if waiting == holder {
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
fn object(machine: &Machine, id: InvocationId) -> Option<Object> {
    let target = &machine.invocations.get(&id)?.target;
    machine.services.is_exclusive(target).then(|| target.object())
}

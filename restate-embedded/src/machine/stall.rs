//! What a test is told when nothing can happen any more.

use std::fmt::Write as _;

use restate_core::wire::protocol::{Failure, OutputResult};

use super::{
    Machine,
    effects::{Effects, ExternalAction, Reply},
};
use crate::model::id::InvocationId;

/// HTTP's status for an operation that would not end.
const LOOP_DETECTED: u32 = 508;

impl Machine {
    /// Tells every client that waits for a result that it will not come, and why.
    pub(crate) fn fail_clients(&mut self) -> Effects {
        let message = self.explain_stall();
        let mut effects = Effects::default();
        for invocation in self.invocations.values_mut() {
            let (id, target) = (invocation.id, invocation.target.clone());
            for to in invocation.awaiters.take_clients() {
                let message = message.clone();
                let failure = Failure { code: LOOP_DETECTED, message, metadata: Vec::new() };
                let result = OutputResult::Failure(failure);
                let reply = Reply::Result { id, target: target.clone(), result, encoding: None };
                effects.external.push(ExternalAction::Reply { to, reply });
            }
        }
        effects
    }

    fn explain_stall(&self) -> String {
        let mut text =
            "nothing can happen any more: no timer is due, and each invocation waits for \
                        what no other is about to do. Complete it from the test, or set a longer \
                        `stall_timeout` if something else does:"
                .to_owned();
        let mut ids: Vec<InvocationId> = self.invocations.keys().copied().collect();
        ids.sort_unstable_by_key(|id| id.order());
        for id in ids {
            let (Some(invocation), Some(waits)) = (self.invocations.get(&id), self.waits(id))
            else {
                continue;
            };
            let cycle = if waits.in_cycle { " (in a cycle)" } else { "" };
            let for_what = waits.for_what.join(", ");
            // Writing to a string cannot fail.
            let _ = write!(text, "\n  {id} {} waits for {for_what}{cycle}", invocation.target);
        }
        text
    }
}

use std::mem;

use restate_core::wire::protocol::{MessageType, Notification};

use super::{
    Machine, Waiter,
    effects::{Effects, Event, ExternalAction, InternalAction, Reply, WaitsFor},
    invocation::{Invocation, Status},
};
use crate::{
    model::{deployment::DeploymentId, id::InvocationId},
    store::{NOT_STARTED, Reads, StoreError, Write},
};

/// One step under way: the machine, the store, and the effects so far.
///
/// Methods that let an input change several parts of the state are here and in the files of the
/// operations; what concerns one part alone is a method of that part.
pub(super) struct Step<'a> {
    pub(super) machine: &'a mut Machine,
    store: &'a mut dyn Reads,
    /// Milliseconds since the Unix epoch.
    pub(super) now: u64,
    effects: Effects,
    /// Invocations whose journal or outbox may have grown in this step.
    touched: Vec<InvocationId>,
    /// Invocations whose journal has no room for what they were sent in this step, and its length with
    /// that.
    overfull: Vec<(InvocationId, u64)>,
}

impl<'a> Step<'a> {
    pub(super) fn new(machine: &'a mut Machine, store: &'a mut dyn Reads, now: u64) -> Self {
        let touched = mem::take(&mut machine.touched);
        Self { machine, store, now, effects: Effects::default(), touched, overfull: Vec::new() }
    }

    /// Adds what the step left in journals and outboxes to its effects.
    pub(super) fn finish(mut self) -> Effects {
        self.end_overfull();
        let Self { machine, now, mut effects, mut touched, .. } = self;
        for id in touched.drain(..) {
            // An invocation that completed after it was touched needs no journal: a retained one
            // has been stored by `complete`.
            if let Some(invocation) = machine.invocations.get_mut(&id) {
                invocation.flush(now, &mut effects);
            }
        }
        machine.touched = touched;
        effects
    }

    /// The store, which knows everything that this step has written so far.
    ///
    /// A read must see three kinds of writes:
    ///
    /// - those of earlier steps: the driver has applied them to the open group, and reads of a
    ///   [`Store`](crate::store::Store) see the open group;
    /// - those of this step, as one chunk of an attempt may complete a promise and then peek at it,
    ///   or call twice with one idempotency key: they are applied here, before each read;
    /// - journal entries that are still in the tail of an invocation, which become a write only in
    ///   [`finish`](Self::finish). No read returns them: a step reads rows of invocations only to
    ///   learn of those that are not in memory, and such an invocation has no tail.
    ///
    /// Applying early does not make a step less atomic. The driver commits between steps only, and
    /// a step that fails ends the engine before any commit.
    pub(super) fn store(&mut self) -> Result<&mut dyn Reads, StoreError> {
        self.effects.applied += self.effects.writes.len();
        for write in self.effects.writes.drain(..) {
            self.store.apply(write)?;
        }
        Ok(&mut *self.store)
    }

    pub(super) fn write(&mut self, write: Write) {
        self.effects.writes.push(write);
    }

    pub(super) fn writes(&mut self) -> &mut Vec<Write> {
        &mut self.effects.writes
    }

    pub(super) fn act(&mut self, action: InternalAction) {
        self.effects.internal.push(action);
    }

    pub(super) fn external(&mut self, action: ExternalAction) {
        self.effects.external.push(action);
    }

    pub(super) fn reply(&mut self, to: Waiter, reply: Reply) {
        self.effects.external.push(ExternalAction::Reply { to, reply });
    }

    /// Has the driver log an event.
    pub(super) fn report(&mut self, id: InvocationId, event: Event) {
        if let Some(invocation) = self.known(id) {
            let target = invocation.target.clone();
            self.effects.external.push(ExternalAction::Report { id, target, event });
        }
    }

    /// Has the driver log that two invocations wait for each other.
    pub(super) fn report_cycle(&mut self, id: InvocationId, other: InvocationId, by: WaitsFor) {
        if let Some(target) = self.known(other).map(|it| it.target.clone()) {
            self.report(id, Event::Deadlock { other, target, by });
        }
    }

    /// An invocation that must be in memory, as the caller has just found or admitted it.
    ///
    /// A release build goes on without one that is missing: one wrong invocation must not end the
    /// engine for all others.
    pub(super) fn known(&mut self, id: InvocationId) -> Option<&mut Invocation> {
        let found = self.machine.invocations.get_mut(&id);
        debug_assert!(found.is_some(), "{id} is not in memory");
        found
    }

    /// Adds a notification to a journal, and delivers it to an attempt that runs or waits for it.
    ///
    /// What has happened cannot be undone. So an invocation whose journal has no room for it ends.
    pub(super) fn notify(
        &mut self,
        id: InvocationId,
        ty: MessageType,
        notification: &Notification,
    ) {
        if let Err(length) = self.try_notify(id, ty, notification) {
            self.overfull.push((id, length));
        }
    }

    /// As [`notify`](Self::notify), if the journal has room.
    ///
    /// # Errors
    ///
    /// How many bytes the journal would have, if that is more than its limit.
    pub(super) fn try_notify(
        &mut self,
        id: InvocationId,
        ty: MessageType,
        notification: &Notification,
    ) -> Result<(), u64> {
        // A result outlives its caller: that has completed without awaiting it, or was killed.
        let Some(invocation) = self.machine.invocations.get_mut(&id) else { return Ok(()) };
        let limit = self.machine.services.size_limits().journal;
        let is_unmarked = invocation.is_unmarked();
        let wakes = invocation.notify(ty, notification, self.now, limit)?;
        self.touch(id);
        if is_unmarked {
            let deployment = DeploymentId::IN_PROCESS;
            self.write(Write::Pin { id, deployment, protocol: NOT_STARTED });
        }
        if wakes {
            self.write(Write::Resume { id });
            self.attempt(id);
        }
        Ok(())
    }

    /// Invocations to be ended, as their journals are full. Each may fill that of its caller in turn, so
    /// this is a loop at the end of the step, and not a part of `notify`.
    pub(super) fn next_overfull(&mut self) -> Option<(InvocationId, u64)> {
        self.overfull.pop()
    }

    /// Has [`finish`](Self::finish) flush an invocation.
    pub(super) fn touch(&mut self, id: InvocationId) {
        // Most steps concern one invocation, message by message.
        if self.touched.last() != Some(&id) {
            self.touched.push(id);
        }
    }

    /// Asks every attempt to suspend, and starts no other.
    pub(super) fn drain(&mut self) {
        self.machine.draining = true;
        for invocation in self.machine.invocations.values_mut() {
            if let Status::Running(attempt) = &mut invocation.status {
                attempt.close_input();
                self.touched.push(invocation.id);
            }
        }
    }
}

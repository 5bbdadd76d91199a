//! What must be true of a machine between two steps; tests check it after each.

use std::collections::{BTreeSet, HashSet};

use restate_core::contract::HandlerKind;

use super::{
    Machine,
    invocation::{Invocation, Status},
};

impl Machine {
    /// # Panics
    ///
    /// When an invariant does not hold.
    pub(crate) fn check_invariants(&self) {
        self.check_queues();
        self.check_limits();
        self.check_timers();
        assert!(self.touched.is_empty(), "what a step touches it flushes");
        for invocation in self.invocations.values() {
            assert!(invocation.is_flushed(), "a step leaves effects in {}", invocation.id);
            let (name, counted) = (invocation.status.name(), invocation.counted_as());
            assert_eq!(name, counted, "{} is counted under another status", invocation.id);
            let is_waiting = matches!(invocation.status, Status::Queued | Status::Scheduled);
            let has_input = invocation.input.is_some();
            assert!(!has_input || is_waiting, "{} keeps its input in memory", invocation.id);
        }
    }

    /// Each exclusive invocation that has arrived is in the queue of its key, once. Only the holder
    /// of a key is past the queue.
    fn check_queues(&self) {
        let (mut queued, mut waiting) = (HashSet::new(), HashSet::new());
        for (object, queue) in self.queues.iter() {
            assert!(!queue.is_empty(), "the empty queue of {object:?} is kept");
            for (index, id) in queue.iter().enumerate() {
                assert!(queued.insert(id), "{id} is queued twice");
                waiting.extend((index > 0).then_some(id));
                let invocation = self.invocations.get(&id);
                let invocation = invocation.unwrap_or_else(|| panic!("{id} is queued and over"));
                assert_eq!(invocation.target.object(), *object, "{id} waits for another key");
                let waits = matches!(invocation.status, Status::Queued);
                assert!(waits || index == 0, "{id} does not have its key: {:?}", invocation.status);
            }
        }
        let with_tickets: HashSet<_> = self.queues.waiting().collect();
        assert_eq!(with_tickets, waiting, "those behind a holder have tickets");
        for invocation in self.invocations.values() {
            let arrived = !matches!(invocation.status, Status::Scheduled);
            // Nothing is known of one whose service is gone.
            let Some(kind) = self.services.kind_of(invocation) else { continue };
            let (id, exclusive) = (invocation.id, kind == HandlerKind::Exclusive);
            assert_eq!(queued.contains(&id), arrived && exclusive, "{id} is in a queue, or is not");
        }
    }

    /// What runs is counted, and what is held back is in line.
    fn check_limits(&self) {
        let held_back = |one: &&Invocation| matches!(one.status, Status::HeldBack);
        let held_back = self.invocations.values().filter(held_back).map(|one| one.id).collect();
        let counted = self.invocations.values().filter(|one| one.slot.is_taken());
        let counted =
            counted.map(|one| one.limit_path().expect("only what is in a scope is counted"));
        self.limits.check(counted, held_back);
        for one in self.invocations.values() {
            let runs = matches!(one.status, Status::Running(_) | Status::BackingOff);
            let in_scope = one.limit_path().is_some();
            assert!(!(runs && in_scope) || one.slot.is_taken(), "{} runs uncounted", one.id);
            let waits =
                matches!(one.status, Status::Suspended(_) | Status::Paused | Status::Unbound);
            assert!(!waits || !one.slot.is_taken(), "{} waits, and is counted", one.id);
        }
    }

    /// What runs or backs off has an alarm, and nothing else; sleeps are among the timers.
    fn check_timers(&self) {
        assert!(self.timers.is_within_horizon(), "a timer beyond the horizon is in memory");
        let mut alarms = BTreeSet::new();
        for one in self.invocations.values() {
            let runs = matches!(one.status, Status::Running(_) | Status::BackingOff);
            assert_eq!(one.alarm.due().is_some(), runs, "{} has an alarm, or has not", one.id);
            alarms.extend(one.alarm.due().map(|due| (due, one.id)));
            for timer in one.sleeps.timers(one.id) {
                assert!(self.timers.knows(&timer), "{timer:?} is not among the timers");
            }
        }
        assert_eq!(&alarms, self.timers.alarms(), "alarms are those of invocations");
    }
}

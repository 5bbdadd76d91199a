//! External actions, and the commits that they wait for.

use std::{mem, time::Duration};

use super::effects::ExternalAction;

/// When a group is committed that nobody waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct GroupLimits {
    /// How long after its first write.
    pub(crate) delay: Duration,
    /// From how many writes on.
    pub(crate) writes: usize,
}

impl Default for GroupLimits {
    fn default() -> Self {
        // What a crash takes back has to be executed again, so a group must not grow long. Much longer than
        // a handler computes, though: a tree of calls that ends within the delay costs one sync.
        Self { delay: Duration::from_millis(2), writes: 4096 }
    }
}

/// Holds external actions back until everything that they may depend on is durable.
///
/// A group of writes is open, is being synced, or is durable. One sync is under way at a time; what is
/// written meanwhile gathers in the open group. An action depends on all writes before it, whether they
/// concern it or not: inputs are stepped in one order, and only that order is kept.
#[derive(Debug, Default)]
pub(crate) struct Outbox {
    limits: GroupLimits,
    /// Writes in the open group, and when the first of them was made.
    writes: usize,
    since: Duration,
    /// What waits for the open group.
    held: Vec<ExternalAction>,
    /// What waits for the sync under way; `None` if none is.
    syncing: Option<Vec<ExternalAction>>,
    /// What may be carried out.
    ready: Vec<ExternalAction>,
}

impl Outbox {
    pub(crate) fn new(limits: GroupLimits) -> Self {
        Self { limits, ..Self::default() }
    }

    /// Adds what a step has written, and its external actions.
    ///
    /// `now` is the time of a clock that does not go back.
    pub(crate) fn add(&mut self, writes: usize, actions: Vec<ExternalAction>, now: Duration) {
        if self.writes == 0 {
            self.since = now;
        }
        self.writes += writes;
        let waits_for = match &mut self.syncing {
            _ if self.writes > 0 => &mut self.held,
            Some(syncing) => syncing,
            None => &mut self.ready,
        };
        waits_for.extend(actions);
    }

    /// Whether the open group is to be committed now.
    pub(crate) fn is_commit_due(&self, now: Duration) -> bool {
        self.due_in(now).is_some_and(|wait| wait.is_zero())
    }

    /// How long until the open group is to be committed; `None` if it is empty, or waits for the sync
    /// under way.
    pub(crate) fn due_in(&self, now: Duration) -> Option<Duration> {
        if self.writes == 0 || self.syncing.is_some() {
            return None;
        }
        let is_due = !self.held.is_empty() || self.writes >= self.limits.writes;
        let due = if is_due { now } else { self.since.saturating_add(self.limits.delay) };
        Some(due.saturating_sub(now))
    }

    /// Whether no attempt waits for the sync under way.
    pub(crate) fn is_for_clients_only(&self) -> bool {
        let is_for_client = |action: &ExternalAction| {
            use ExternalAction::{Begin, CloseInput, ConfirmDurable, Deliver, Reply, Report, Span};
            match action {
                Reply { .. } | Report { .. } | Span(_) => true,
                Begin { .. } | Deliver { .. } | CloseInput { .. } | ConfirmDurable { .. } => false,
            }
        };
        self.syncing.iter().flatten().all(is_for_client)
    }

    /// How many writes the open group has.
    pub(crate) fn writes(&self) -> usize {
        self.writes
    }

    /// The open group is committed, and its sync begins.
    pub(crate) fn sync_begins(&mut self) {
        debug_assert!(self.syncing.is_none(), "two syncs at a time");
        self.writes = 0;
        self.syncing = Some(mem::take(&mut self.held));
    }

    /// Whether a sync is under way.
    pub(crate) fn is_syncing(&self) -> bool {
        self.syncing.is_some()
    }

    /// The sync under way has succeeded.
    pub(crate) fn sync_ended(&mut self) {
        self.ready.extend(self.syncing.take().into_iter().flatten());
    }

    /// Whether everything that was added is durable.
    pub(crate) fn is_settled(&self) -> bool {
        self.writes == 0 && self.syncing.is_none()
    }

    /// The actions that may be carried out, in the order in which they were added.
    pub(crate) fn take_ready(&mut self) -> Vec<ExternalAction> {
        mem::take(&mut self.ready)
    }
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;

    use super::*;
    use crate::machine::{Reply, Waiter};

    const LIMITS: GroupLimits = GroupLimits { delay: Duration::from_millis(2), writes: 3 };

    fn action(attempt: u64) -> Vec<ExternalAction> {
        vec![ExternalAction::ConfirmDurable { attempt }]
    }

    fn at(millis: u64) -> Duration {
        Duration::from_millis(millis)
    }

    #[test]
    fn what_somebody_waits_for_is_committed_at_once() {
        let mut outbox = Outbox::new(LIMITS);
        outbox.add(1, Vec::new(), at(0));
        assert!(!outbox.is_commit_due(at(1)));
        outbox.add(1, action(1), at(1));
        assert!(outbox.is_commit_due(at(1)));
        assert_eq!((outbox.writes(), outbox.is_syncing(), outbox.is_settled()), (2, false, false));
        outbox.sync_begins();
        assert_eq!((outbox.writes(), outbox.is_syncing(), outbox.is_settled()), (0, true, false));
        assert_eq!(outbox.take_ready(), []);
        outbox.sync_ended();
        assert_eq!(outbox.take_ready(), action(1));
        assert!(outbox.is_settled());
    }

    #[test]
    fn an_attempt_that_waits_for_a_sync_is_no_client() {
        let reply = || ExternalAction::Reply { to: Waiter(1), reply: Reply::Done };
        let waiting = |actions| {
            let mut outbox = Outbox::new(LIMITS);
            outbox.add(1, actions, at(0));
            outbox.sync_begins();
            outbox.is_for_clients_only()
        };
        assert!(waiting(vec![reply(), reply()]));
        for attempt in [
            ExternalAction::Begin { attempt: 1 },
            ExternalAction::CloseInput { attempt: 1 },
            ExternalAction::ConfirmDurable { attempt: 1 },
            ExternalAction::Deliver { attempt: 1, bytes: Bytes::new() },
        ] {
            assert!(!waiting(vec![reply(), attempt]));
        }
    }

    #[test]
    fn a_group_that_nobody_waits_for_is_committed_at_a_limit() {
        let mut outbox = Outbox::new(LIMITS);
        assert_eq!(outbox.due_in(at(0)), None);
        outbox.add(1, Vec::new(), at(5));
        outbox.add(1, Vec::new(), at(6));
        assert_eq!(outbox.due_in(at(6)), Some(at(1)));
        assert!(outbox.is_commit_due(at(7)));
        outbox.add(1, Vec::new(), at(6));
        assert!(outbox.is_commit_due(at(6)));
    }

    #[test]
    fn what_is_added_during_a_sync_waits_for_the_next_one() {
        let mut outbox = Outbox::new(LIMITS);
        outbox.add(1, action(1), at(0));
        outbox.sync_begins();
        outbox.add(1, action(2), at(0));
        assert_eq!(outbox.due_in(at(9)), None);
        outbox.sync_ended();
        assert_eq!(outbox.take_ready(), action(1));
        assert!(outbox.is_commit_due(at(9)));
        outbox.sync_begins();
        outbox.sync_ended();
        assert_eq!(outbox.take_ready(), action(2));
    }

    #[test]
    fn an_action_without_writes_waits_for_those_before_it_only() {
        let mut outbox = Outbox::new(LIMITS);
        outbox.add(0, action(1), at(0));
        assert_eq!(outbox.take_ready(), action(1));
        outbox.add(1, Vec::new(), at(0));
        outbox.sync_begins();
        outbox.add(0, action(2), at(0));
        assert_eq!(outbox.take_ready(), []);
        outbox.sync_ended();
        assert_eq!(outbox.take_ready(), action(2));
        outbox.add(1, Vec::new(), at(0));
        outbox.add(0, action(3), at(0));
        assert_eq!(outbox.take_ready(), []);
    }
}

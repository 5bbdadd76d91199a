//! Commits, syncs, and what a crash leaves of them.

use super::{Crash, LIMITS, Outbox, Syncing, World, machine};
use crate::{
    machine::simulation::flaw::Flaw,
    store::{Reads as _, Store as _},
};

impl World {
    /// Ends the sync under way, or begins one if it is time.
    pub(super) fn go_on_with_commits(&mut self) -> Result<(), String> {
        if let Some(syncing) = self.syncing.take() {
            return self.sync_ends(syncing);
        }
        if !self.outbox.is_commit_due(self.uptime()) {
            return self.show_ready();
        }
        let commit = self.commits;
        self.commits += 1;
        if self.crash == Some(Crash::Before(commit)) {
            return self.crash();
        }
        self.outbox.sync_begins();
        let writes = self.store.unsynced();
        self.syncing = Some(Syncing { writes, invariants: self.invariants.clone() });
        if self.crash == Some(Crash::During(commit)) {
            return self.crash();
        }
        Ok(())
    }

    fn sync_ends(&mut self, Syncing { writes, invariants }: Syncing) -> Result<(), String> {
        if !self.at_rest && self.random.once_in(50) {
            self.transcript.push(format!("{} a sync fails", self.now));
            self.failed_syncs += 1;
            if self.store.flaw() != Some(Flaw::IgnoresFailedSync) {
                self.syncing = Some(Syncing { writes, invariants });
                return self.crash();
            }
            self.store.lose(writes);
        } else {
            self.store.sync(writes);
        }
        self.durable = invariants;
        self.outbox.sync_ended();
        if self.crash == Some(Crash::After(self.commits - 1)) {
            return self.crash();
        }
        self.show_ready()
    }

    /// Carries out external actions. The process may die meanwhile.
    fn show_ready(&mut self) -> Result<(), String> {
        self.act_on(self.internal.len())?;
        let ready = self.outbox.take_ready();
        let dies = !self.at_rest && !ready.is_empty() && self.random.once_in(50);
        let survives = if dies { self.random.index(ready.len() + 1) } else { ready.len() };
        for action in ready.into_iter().take(survives) {
            self.show(action)?;
        }
        if dies { self.crash() } else { Ok(()) }
    }

    /// The process dies with its attempts and what is not durable; clients repeat their requests.
    ///
    /// Of a group that is being synced, the disk has everything or nothing.
    pub(super) fn crash(&mut self) -> Result<(), String> {
        self.transcript.push(format!("{} crash", self.now));
        self.crashes += 1;
        if let Some(Syncing { writes, invariants }) = self.syncing.take()
            && self.random.once_in(2)
        {
            self.store.sync(writes);
            self.durable = invariants;
        }
        self.internal.clear();
        self.outbox = Outbox::new(LIMITS);
        self.attempts.clear();
        self.exchanges.clear();
        self.waiters.clear();
        self.requests.iter_mut().for_each(|asked| asked.waiters.clear());
        self.store.reopen();
        self.invariants = self.durable.clone();
        self.check_begun()?;
        self.check_seen()?;
        let last = self.store.memory.last_order().expect("memory can be read");
        let deployments = self.store.memory.deployments().expect("memory can be read");
        let seed = self.random.next();
        self.machine = machine(&self.settings, seed, last, self.store.flaw(), deployments);
        let unfinished = self.store.memory.unfinished().expect("memory can be read");
        let effects = self.machine.recover(self.now, unfinished, &mut self.store);
        self.take_in(effects)?;
        for index in 0..self.requests.len() {
            if self.requests[index].id.is_none() {
                self.post(index)?;
            }
        }
        Ok(())
    }

    /// No invocation is lost of which somebody outside has noticed a `run` closure.
    fn check_begun(&mut self) -> Result<(), String> {
        for (id, run) in self.begun.keys() {
            let stored = self.store.invocation(*id).expect("memory can be read");
            if stored.is_none() && !self.durable.is_gone(*id) {
                return Err(format!("{id} is lost, and its run {run} has begun"));
            }
        }
        Ok(())
    }
}

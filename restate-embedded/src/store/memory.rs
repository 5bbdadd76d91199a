use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    mem,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use bytes::Bytes;

use super::{
    JournalReader, Reads, Store, StoreError,
    rows::{JournalFate, Phase, PromiseName, StoredInvocation, StoredPromise, Timer, Write},
};
use crate::model::{
    deployment::{Deployment, DeploymentId},
    id::InvocationId,
    rules::{Rule, Rules},
    target::{Object, Target},
};

/// A store in memory, for tests and for work that may be lost with the process.
#[derive(Debug, Default)]
pub(crate) struct MemoryStore {
    current: Tables,
    group: Vec<Write>,
    durable: Arc<Mutex<Tables>>,
}

impl MemoryStore {
    /// What another process would find after this one died: everything that was committed.
    #[cfg(any(test, feature = "testing"))]
    pub(crate) fn reopen(&self) -> Self {
        let current = self.durable().clone();
        Self { current, group: Vec::new(), durable: Arc::clone(&self.durable) }
    }

    /// All invocations that another process would find, in order of creation.
    #[cfg(any(test, feature = "testing"))]
    pub(crate) fn invocations(&self) -> Vec<StoredInvocation> {
        self.durable().invocations.values().map(|row| row.invocation.clone()).collect()
    }

    /// How many writes are not committed.
    #[cfg(test)]
    pub(crate) fn unsynced(&self) -> usize {
        self.group.len()
    }

    /// Commits the first of the writes that are not.
    #[cfg(test)]
    pub(crate) fn commit_first(&mut self, writes: usize) {
        let mut durable = self.durable.lock().unwrap_or_else(PoisonError::into_inner);
        self.group.drain(..writes).for_each(|write| durable.apply(write));
    }

    /// Forgets the first of the writes that are not committed: another process would not find them.
    #[cfg(test)]
    pub(crate) fn lose_first(&mut self, writes: usize) {
        self.group.drain(..writes);
    }

    fn durable(&self) -> MutexGuard<'_, Tables> {
        self.durable.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Store for MemoryStore {
    fn commit(&mut self) -> Result<(), StoreError> {
        let group = mem::take(&mut self.group);
        let mut durable = self.durable();
        group.into_iter().for_each(|write| durable.apply(write));
        Ok(())
    }

    fn last_order(&mut self) -> Result<u64, StoreError> {
        Ok(self.current.invocations.last_key_value().map_or(0, |(id, _)| id.order()))
    }

    fn unfinished(&mut self) -> Result<Vec<StoredInvocation>, StoreError> {
        let over = |phase: &Phase| matches!(phase, Phase::Scheduled | Phase::Completed(_));
        let rows = self.current.invocations.values();
        let mut found: Vec<_> =
            rows.map(|row| &row.invocation).filter(|row| !over(&row.phase)).cloned().collect();
        found.sort_by_key(|invocation| invocation.arrived);
        Ok(found)
    }

    fn journal(&mut self, id: InvocationId, parts: u32) -> Result<Vec<Bytes>, StoreError> {
        let Some(row) = self.current.invocations.get(&id) else { return Ok(Vec::new()) };
        let parts = row.parts.iter().take(parts as usize);
        Ok([&row.input].into_iter().chain(parts).cloned().collect())
    }

    fn reader(&self) -> Option<Box<dyn JournalReader>> {
        None
    }

    #[cfg(any(test, feature = "testing"))]
    fn next_wake(&mut self) -> Result<Option<u64>, StoreError> {
        use crate::store::TimerKind::{Release, Sleep};

        let wakes = |timer: &&Timer| matches!(timer.kind, Release | Sleep(_));
        Ok(self.current.timers.iter().find(wakes).map(|timer| timer.due))
    }

    fn rules(&mut self) -> Result<Vec<Rule>, StoreError> {
        Ok(self.current.rules.iter().cloned().collect())
    }

    fn deployments(&mut self) -> Result<Vec<Deployment>, StoreError> {
        Ok(self.current.deployments.values().cloned().collect())
    }
}

impl Reads for MemoryStore {
    fn apply(&mut self, write: Write) -> Result<(), StoreError> {
        self.current.apply(write.clone());
        self.group.push(write);
        Ok(())
    }

    fn invocation(&mut self, id: InvocationId) -> Result<Option<StoredInvocation>, StoreError> {
        Ok(self.current.invocations.get(&id).map(|row| row.invocation.clone()))
    }

    fn by_idempotency_key(
        &mut self,
        target: &Target,
        key: &str,
    ) -> Result<Option<InvocationId>, StoreError> {
        let index = (target.clone(), Arc::from(key));
        Ok(self.current.by_idempotency_key.get(&index).copied())
    }

    fn state(
        &mut self,
        object: &Object,
        limit: u64,
    ) -> Result<Option<Vec<(Bytes, Bytes)>>, StoreError> {
        if self.state_size(object, b"")? > limit {
            return Ok(None);
        }
        let names = self.current.state.get(object);
        let copy = |(name, value): (&Bytes, &Bytes)| (name.clone(), value.clone());
        Ok(Some(names.into_iter().flatten().map(copy).collect()))
    }

    fn state_names(&mut self, object: &Object) -> Result<Vec<(Bytes, u64)>, StoreError> {
        let names = self.current.state.get(object);
        let measure = |(name, value): (&Bytes, &Bytes)| (name.clone(), value.len() as u64);
        Ok(names.into_iter().flatten().map(measure).collect())
    }

    fn value(&mut self, object: &Object, name: &[u8]) -> Result<Option<Bytes>, StoreError> {
        Ok(self.current.state.get(object).and_then(|names| names.get(name)).cloned())
    }

    fn state_size(&mut self, object: &Object, without: &[u8]) -> Result<u64, StoreError> {
        let names = self.current.state.get(object).into_iter().flatten();
        let others = names.filter(|(name, _)| **name != without);
        Ok(others.map(|(name, value)| (name.len() + value.len()) as u64).sum())
    }

    fn promise(&mut self, promise: &PromiseName) -> Result<StoredPromise, StoreError> {
        Ok(self.current.promises.get(promise).cloned().unwrap_or_default())
    }

    fn timers(&mut self, from: u64, until: u64) -> Result<Vec<Timer>, StoreError> {
        let due = |timer: &&Timer| (from..until).contains(&timer.due);
        Ok(self.current.timers.iter().filter(due).copied().collect())
    }

    fn timer_count(&mut self) -> Result<u64, StoreError> {
        Ok(self.current.timers.len() as u64)
    }
}

#[derive(Clone, Debug, Default)]
struct Tables {
    invocations: BTreeMap<InvocationId, InvocationRow>,
    by_idempotency_key: HashMap<(Target, Arc<str>), InvocationId>,
    state: BTreeMap<Object, BTreeMap<Bytes, Bytes>>,
    promises: BTreeMap<PromiseName, StoredPromise>,
    timers: BTreeSet<Timer>,
    rules: Rules,
    deployments: BTreeMap<DeploymentId, Deployment>,
}

#[derive(Clone, Debug)]
struct InvocationRow {
    invocation: StoredInvocation,
    input: Bytes,
    parts: Vec<Bytes>,
}

impl InvocationRow {
    fn forget_journal(&mut self) {
        self.input.clear();
        self.parts.clear();
    }
}

impl Tables {
    fn apply(&mut self, write: Write) {
        match write {
            Write::Create { invocation, input } => {
                let id = invocation.id;
                if let Some(key) = &invocation.idempotency_key {
                    let index = (invocation.target.clone(), Arc::clone(key));
                    self.by_idempotency_key.insert(index, id);
                }
                let row = InvocationRow { invocation: *invocation, input, parts: Vec::new() };
                self.invocations.insert(id, row);
            }
            Write::Release { id, arrived } => self.change(id, |row| {
                row.invocation.phase = Phase::Ready;
                row.invocation.arrived = arrived;
            }),
            Write::Append { id, part, frames } => self.change(id, |row| {
                row.invocation.journal_bytes += frames.len() as u64;
                row.parts.push(frames);
                row.invocation.parts = part + 1;
            }),
            Write::Suspend { id, awaiting } => {
                self.change(id, |row| row.invocation.phase = Phase::Suspended(awaiting));
            }
            Write::Resume { id } => self.change(id, |row| row.invocation.phase = Phase::Ready),
            Write::Pause { id, .. } => self.change(id, |row| row.invocation.phase = Phase::Paused),
            Write::SetFailure { id, failure } => {
                self.change(id, |row| row.invocation.failure = failure);
            }
            Write::Complete { id, result, encoding, journal, .. } => self.change(id, |row| {
                row.invocation.phase = Phase::Completed(result);
                row.invocation.failure = None;
                row.invocation.encoding = encoding;
                row.invocation.caller = None;
                row.invocation.trace = None;
                row.invocation.arrived = id.order();
                row.invocation.parts = 0;
                row.invocation.journal_bytes = 0;
                row.invocation.awaiters.clear();
                if journal == JournalFate::Removed {
                    row.forget_journal();
                }
            }),
            Write::Adopt { id } => {
                if let Some(row) = self.invocations.get_mut(&id) {
                    let StoredInvocation { target, idempotency_key, retained, .. } =
                        &mut row.invocation;
                    let run: Arc<str> = "".into();
                    if let Some(key) = idempotency_key.replace(Arc::clone(&run)) {
                        self.by_idempotency_key.remove(&(target.clone(), key));
                    }
                    self.by_idempotency_key.insert((target.clone(), run), id);
                    *retained = true;
                }
            }
            Write::Retain { id } => self.change(id, |row| row.invocation.retained = true),
            Write::Remove { id, .. } => self.remove(id),
            Write::Expire { id } => {
                self.remove_workflow(id);
                self.remove(id);
            }
            Write::ForgetJournal { id } => self.change(id, InvocationRow::forget_journal),
            Write::AwaitPromise { promise, caller } => {
                self.promises.entry(promise).or_default().awaiters.push(caller);
            }
            Write::CompletePromise { promise, result } => {
                let completed = StoredPromise { result: Some(result), awaiters: Vec::new() };
                self.promises.insert(promise, completed);
            }
            Write::Await { id, caller } => {
                self.change(id, |row| row.invocation.awaiters.push(caller));
            }
            Write::Pin { id, deployment, protocol } => self.change(id, |row| {
                row.invocation.deployment = deployment.stored();
                row.invocation.protocol = Some(protocol);
            }),
            Write::SetTrace { id, trace } => {
                self.change(id, |row| row.invocation.trace = Some(trace));
            }
            Write::SetDeployment(deployment) => {
                self.deployments.insert(deployment.id, *deployment);
            }
            Write::RemoveDeployment { id } => drop(self.deployments.remove(&id)),
            Write::SetRule(rule) => self.rules.set(*rule),
            Write::RemoveRule { pattern } => self.rules.remove(&pattern),
            Write::AddTimer(timer) => drop(self.timers.insert(timer)),
            Write::RemoveTimer(timer) => drop(self.timers.remove(&timer)),
            Write::SetState { object, name, value } => {
                self.state.entry(object).or_default().insert(name, value);
            }
            Write::ClearState { object, name } => {
                if let Some(names) = self.state.get_mut(&object) {
                    names.remove(&name);
                }
            }
            Write::ClearAllState { object } => drop(self.state.remove(&object)),
        }
    }

    fn change(&mut self, id: InvocationId, change: impl FnOnce(&mut InvocationRow)) {
        if let Some(row) = self.invocations.get_mut(&id) {
            change(row);
        }
    }

    /// Removes the state and the promises of a workflow whose run is about to be removed. A promise
    /// stays while an invocation waits for it.
    fn remove_workflow(&mut self, id: InvocationId) {
        let Some(row) = self.invocations.get(&id) else { return };
        if row.invocation.idempotency_key.as_deref() == Some("") {
            let workflow = row.invocation.target.object();
            self.state.remove(&workflow);
            self.promises.retain(|promise, stored| {
                stored.awaiters.retain(|awaiter| self.invocations.contains_key(&awaiter.id));
                promise.object != workflow || !stored.awaiters.is_empty()
            });
        }
    }

    fn remove(&mut self, id: InvocationId) {
        let removed = self.invocations.remove(&id).map(|row| row.invocation);
        if let Some(StoredInvocation { target, idempotency_key: Some(key), .. }) = removed {
            self.by_idempotency_key.remove(&(target, key));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::MemoryStore;
    use crate::store::conformance;

    #[test]
    fn does_what_every_store_must() {
        conformance::suite(|| {
            let disk = MemoryStore::default();
            move || disk.reopen()
        });
    }
}

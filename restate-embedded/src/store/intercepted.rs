use std::sync::Arc;

use bytes::Bytes;

use super::{
    JournalReader, MemoryStore, PromiseName, Reads, Store, StoreError, StoredInvocation,
    StoredPromise, Syncer, Timer, Write,
};
use crate::model::{
    deployment::Deployment,
    id::InvocationId,
    rules::Rule,
    target::{Object, Target},
};

/// What a test does with the writes and commits of a store before they reach it.
pub(crate) trait Intercept: Send {
    /// Adds a write to the group, or does something else.
    fn apply(&mut self, memory: &mut MemoryStore, write: Write) -> Result<(), StoreError>;

    /// What syncs the disk.
    fn syncer(&self) -> Option<Arc<dyn Syncer>> {
        None
    }

    /// Reads a value of an object's state.
    fn value(
        &mut self,
        memory: &mut MemoryStore,
        object: &Object,
        name: &[u8],
    ) -> Result<Option<Bytes>, StoreError> {
        memory.value(object, name)
    }

    /// Makes the group durable, or does something else.
    fn commit(&mut self, memory: &mut MemoryStore) -> Result<(), StoreError>;
}

/// A store in memory whose writes and commits pass through an [`Intercept`].
pub(crate) struct InterceptedStore<I> {
    pub(crate) memory: MemoryStore,
    pub(crate) intercept: I,
}

impl<I: Intercept> Store for InterceptedStore<I> {
    fn commit(&mut self) -> Result<(), StoreError> {
        self.intercept.commit(&mut self.memory)
    }

    fn syncer(&self) -> Result<Option<Arc<dyn Syncer>>, StoreError> {
        Ok(self.intercept.syncer())
    }

    fn last_order(&mut self) -> Result<u64, StoreError> {
        self.memory.last_order()
    }

    fn unfinished(&mut self) -> Result<Vec<StoredInvocation>, StoreError> {
        self.memory.unfinished()
    }

    fn journal(&mut self, id: InvocationId, parts: u32) -> Result<Vec<Bytes>, StoreError> {
        self.memory.journal(id, parts)
    }

    fn reader(&self) -> Option<Box<dyn JournalReader>> {
        self.memory.reader()
    }

    fn next_wake(&mut self) -> Result<Option<u64>, StoreError> {
        self.memory.next_wake()
    }

    fn rules(&mut self) -> Result<Vec<Rule>, StoreError> {
        self.memory.rules()
    }

    fn deployments(&mut self) -> Result<Vec<Deployment>, StoreError> {
        self.memory.deployments()
    }
}

impl<I: Intercept> Reads for InterceptedStore<I> {
    fn apply(&mut self, write: Write) -> Result<(), StoreError> {
        self.intercept.apply(&mut self.memory, write)
    }

    fn invocation(&mut self, id: InvocationId) -> Result<Option<StoredInvocation>, StoreError> {
        self.memory.invocation(id)
    }

    fn by_idempotency_key(
        &mut self,
        target: &Target,
        key: &str,
    ) -> Result<Option<InvocationId>, StoreError> {
        self.memory.by_idempotency_key(target, key)
    }

    fn state(
        &mut self,
        object: &Object,
        limit: u64,
    ) -> Result<Option<Vec<(Bytes, Bytes)>>, StoreError> {
        self.memory.state(object, limit)
    }

    fn state_names(&mut self, object: &Object) -> Result<Vec<(Bytes, u64)>, StoreError> {
        self.memory.state_names(object)
    }

    fn value(&mut self, object: &Object, name: &[u8]) -> Result<Option<Bytes>, StoreError> {
        self.intercept.value(&mut self.memory, object, name)
    }

    fn state_size(&mut self, object: &Object, without: &[u8]) -> Result<u64, StoreError> {
        self.memory.state_size(object, without)
    }

    fn promise(&mut self, promise: &PromiseName) -> Result<StoredPromise, StoreError> {
        self.memory.promise(promise)
    }

    fn timers(&mut self, from: u64, until: u64) -> Result<Vec<Timer>, StoreError> {
        self.memory.timers(from, until)
    }

    fn timer_count(&mut self) -> Result<u64, StoreError> {
        self.memory.timer_count()
    }
}

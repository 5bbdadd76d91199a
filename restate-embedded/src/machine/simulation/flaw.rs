use bytes::Bytes;

use super::random::Random;
use crate::{
    model::{
        id::InvocationId,
        target::{Object, Target},
    },
    store::{
        MemoryStore, PromiseName, Reads, Store, StoreError, StoredInvocation, StoredPromise, Timer,
        Write,
    },
};

/// A defect of a store or of the machine, which the simulation must find.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Flaw {
    /// It acknowledges commits that it does not make.
    CommitsNothing,
    /// It loses a part of some journals.
    LosesEntries,
    /// It loses the end of some invocations.
    LosesResults,
    /// It loses some timers.
    LosesTimers,
    /// It loses some changes of state.
    LosesState,
    /// The machine stores a command and then refuses it, so that the next attempt replays past it.
    StoresRefused,
}

impl Flaw {
    /// Whether this write is lost.
    fn loses(self, write: &Write, random: &mut Random) -> bool {
        let lossy = match self {
            Self::CommitsNothing | Self::StoresRefused => false,
            Self::LosesEntries => matches!(write, Write::Append { .. }),
            Self::LosesResults => matches!(write, Write::Complete { .. }),
            Self::LosesTimers => matches!(write, Write::AddTimer(_)),
            Self::LosesState => matches!(write, Write::SetState { .. }),
        };
        lossy && random.once_in(10)
    }
}

/// A store in memory, with or without a flaw, that remembers what a step writes.
pub(super) struct FlawedStore {
    memory: MemoryStore,
    flaw: Option<Flaw>,
    random: Random,
    written: Vec<Write>,
}

impl FlawedStore {
    pub(super) fn new(flaw: Option<Flaw>, seed: u64) -> Self {
        let (memory, random) = (MemoryStore::default(), Random::new(seed));
        Self { memory, flaw, random, written: Vec::new() }
    }

    pub(super) fn flaw(&self) -> Option<Flaw> {
        self.flaw
    }

    pub(super) fn commit(&mut self) {
        if self.flaw != Some(Flaw::CommitsNothing) {
            self.memory.commit().expect("memory can be written");
        }
    }

    /// What another process finds after a crash.
    pub(super) fn reopen(&mut self) {
        self.memory = self.memory.reopen();
    }

    /// All writes since the last call, those that were lost among them.
    pub(super) fn take_written(&mut self) -> Vec<Write> {
        std::mem::take(&mut self.written)
    }

    pub(super) fn memory(&mut self) -> &mut MemoryStore {
        &mut self.memory
    }
}

impl Reads for FlawedStore {
    fn apply(&mut self, write: Write) -> Result<(), StoreError> {
        self.written.push(write.clone());
        match self.flaw {
            Some(flaw) if flaw.loses(&write, &mut self.random) => Ok(()),
            _ => self.memory.apply(write),
        }
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

    fn state(&mut self, object: &Object) -> Result<Vec<(Bytes, Bytes)>, StoreError> {
        self.memory.state(object)
    }

    fn value(&mut self, object: &Object, name: &[u8]) -> Result<Option<Bytes>, StoreError> {
        self.memory.value(object, name)
    }

    fn promise(&mut self, promise: &PromiseName) -> Result<StoredPromise, StoreError> {
        self.memory.promise(promise)
    }

    fn timers(&mut self, from: u64, until: u64) -> Result<Vec<Timer>, StoreError> {
        self.memory.timers(from, until)
    }
}

use bytes::Bytes;

use super::random::Random;
use crate::{
    model::target::Object,
    store::{Intercept, InterceptedStore, MemoryStore, Reads, Store, StoreError, Write},
};

/// A defect of a store, of the machine, or of what drives them, which the simulation must find.
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
    /// A value that is not synced yet is not read.
    ReadsOnlySynced,
    /// An attempt takes place on the newest deployment, and not on that of the attempts before.
    IgnoresPins,
    /// A journal is read in the newest version of the service protocol, not in its own.
    ForgetsProtocol,
    /// What an invocation keeps that is restarted from an entry is done again.
    RepeatsKept,
    /// Deployments are sent something before it is durable.
    SendsEarly,
    /// Clients are answered before what they are told is durable.
    RepliesEarly,
    /// `run` closures begin before what they depend on is durable.
    RunsEarly,
    /// Handlers begin early that have to wait until their invocation is durable.
    BeginsEarly,
    /// A sync that has failed is taken for one that has succeeded.
    IgnoresFailedSync,
}

impl Flaw {
    pub(super) const ALL: [Self; 15] = [
        Self::CommitsNothing,
        Self::LosesEntries,
        Self::LosesResults,
        Self::LosesTimers,
        Self::LosesState,
        Self::StoresRefused,
        Self::ReadsOnlySynced,
        Self::RepliesEarly,
        Self::RunsEarly,
        Self::BeginsEarly,
        Self::IgnoresFailedSync,
        Self::IgnoresPins,
        Self::ForgetsProtocol,
        Self::RepeatsKept,
        Self::SendsEarly,
    ];

    /// What it is, for `docs/simulation.md`.
    pub(super) fn text(self) -> &'static str {
        match self {
            Self::CommitsNothing => "commits are acknowledged and not made",
            Self::LosesEntries => "a tenth of the journal entries is lost",
            Self::LosesResults => "a tenth of the ends of invocations is lost",
            Self::LosesTimers => "a tenth of the timers is lost",
            Self::LosesState => "a tenth of the changes of state is lost",
            Self::StoresRefused => "a refused command stays in the journal",
            Self::ReadsOnlySynced => "state is read without what is not synced yet",
            Self::RepliesEarly => "clients are answered before the sync",
            Self::RunsEarly => "`run` closures begin before the sync",
            Self::BeginsEarly => "handlers that wait for the sync begin before it",
            Self::IgnoresFailedSync => "a failed sync is taken for a successful one",
            Self::IgnoresPins => "an attempt runs on another deployment than the one before",
            Self::ForgetsProtocol => "a journal is read in another version of the protocol",
            Self::RepeatsKept => "a restart from an entry repeats what it keeps",
            Self::SendsEarly => "deployments are sent something before the sync",
        }
    }

    /// Whether only deployments can reveal it.
    pub(super) fn needs_deployments(self) -> bool {
        matches!(self, Self::IgnoresPins | Self::ForgetsProtocol | Self::SendsEarly)
    }

    /// Whether this write is lost.
    fn loses(self, write: &Write, random: &mut Random) -> bool {
        let lossy = match self {
            Self::LosesEntries => matches!(write, Write::Append { .. }),
            Self::LosesResults => matches!(write, Write::Complete { .. }),
            Self::LosesTimers => matches!(write, Write::AddTimer(_)),
            Self::LosesState => matches!(write, Write::SetState { .. }),
            _ => false,
        };
        lossy && random.once_in(10)
    }
}

/// A store in memory, with or without a flaw, that remembers what a step writes.
pub(super) type FlawedStore = InterceptedStore<Flawed>;

pub(super) struct Flawed {
    flaw: Option<Flaw>,
    random: Random,
    written: Vec<Write>,
}

impl FlawedStore {
    pub(super) fn new(flaw: Option<Flaw>, seed: u64) -> Self {
        let intercept = Flawed { flaw, random: Random::new(seed), written: Vec::new() };
        Self { memory: MemoryStore::default(), intercept }
    }

    pub(super) fn flaw(&self) -> Option<Flaw> {
        self.intercept.flaw
    }

    /// The writes of the open group, among them those of a group that is being synced.
    pub(super) fn unsynced(&self) -> usize {
        self.memory.unsynced()
    }

    /// The first of these writes become durable.
    pub(super) fn sync(&mut self, writes: usize) {
        if self.flaw() != Some(Flaw::CommitsNothing) {
            self.memory.commit_first(writes);
        }
    }

    /// The first of these writes are lost, while the process goes on.
    pub(super) fn lose(&mut self, writes: usize) {
        self.memory.lose_first(writes);
    }

    /// What another process finds after a crash.
    pub(super) fn reopen(&mut self) {
        self.memory = self.memory.reopen();
    }

    /// All writes since the last call, those that were lost among them.
    pub(super) fn take_written(&mut self) -> Vec<Write> {
        std::mem::take(&mut self.intercept.written)
    }
}

impl Intercept for Flawed {
    fn apply(&mut self, memory: &mut MemoryStore, write: Write) -> Result<(), StoreError> {
        self.written.push(write.clone());
        match self.flaw {
            Some(flaw) if flaw.loses(&write, &mut self.random) => Ok(()),
            _ => memory.apply(write),
        }
    }

    fn commit(&mut self, memory: &mut MemoryStore) -> Result<(), StoreError> {
        memory.commit()
    }

    fn value(
        &mut self,
        memory: &mut MemoryStore,
        object: &Object,
        name: &[u8],
    ) -> Result<Option<Bytes>, StoreError> {
        match self.flaw {
            Some(Flaw::ReadsOnlySynced) => memory.reopen().value(object, name),
            _ => memory.value(object, name),
        }
    }
}

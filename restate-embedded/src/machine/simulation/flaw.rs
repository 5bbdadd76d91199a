use super::random::Random;
use crate::store::{Intercept, InterceptedStore, MemoryStore, Reads, Store, StoreError, Write};

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
        match self.flaw {
            Some(Flaw::CommitsNothing) => Ok(()),
            _ => memory.commit(),
        }
    }
}

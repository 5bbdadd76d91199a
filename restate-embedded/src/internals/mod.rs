//! The machine, the stores and the ingress without an engine around them, for benchmarks and fuzz targets.
//! Not part of the interface: it changes whenever they do.

mod ingress;
mod many;

use std::{path::Path, sync::Arc};

use bytes::Bytes;
use restate_core::{
    Service,
    wire::{framing::Frame, protocol::InputCommand},
};

use crate::{
    machine::{self, Input, InternalAction, Invoke, Origin, Request, Waiter},
    model::{
        id::{IdSource, InvocationId},
        settings::{Durability, Settings},
        target::Target,
    },
    store::{self, MemoryStore, SqliteStore, StoreError},
};

pub use self::{ingress::BareIngress, many::complete_many};

/// The time that machines see; any would do.
const NOW: u64 = 1_700_000_000_000;

/// A machine whose time stands still, and whose ids are the same in each run.
#[derive(Debug)]
pub struct BareMachine {
    machine: machine::Machine,
    /// Stays empty: the steps that are measured read nothing.
    store: MemoryStore,
    waiters: u64,
}

impl BareMachine {
    /// A machine for these services.
    ///
    /// # Panics
    ///
    /// When two of them have the same name.
    pub fn new(services: Vec<Arc<dyn Service>>) -> Self {
        let catalog =
            crate::model::catalog::Catalog::new(services).expect("each service has its name");
        let ids = IdSource::seeded(0, 1);
        let mut machine = machine::Machine::new(catalog, Settings::default(), ids);
        let mut store = MemoryStore::default();
        let _ = machine.recover(NOW, Vec::new(), &mut store).expect("memory can be read");
        Self { machine, store, waiters: 0 }
    }

    /// A client calls a handler of a plain service.
    pub fn call(
        &mut self,
        service: &'static str,
        handler: &'static str,
        body: Bytes,
    ) -> BareEffects {
        let input = InputCommand { value: Some(body.into()), ..InputCommand::default() };
        let request = Request {
            target: Target::new(service, handler, ""),
            idempotency_key: None,
            limit_key: None,
            input: Frame::new(&input).raw().clone(),
            due: 0,
        };
        self.waiters += 1;
        let origin = Origin::Call(Waiter(self.waiters));
        self.step(Input::Invoke(Invoke { request, origin }))
    }

    /// An attempt sends messages.
    pub fn receive(&mut self, attempt: BareAttempt, chunk: Bytes) -> BareEffects {
        let BareAttempt { id, number } = attempt;
        self.step(Input::Received { id, attempt: number, chunk, response: None })
    }

    /// An attempt is over.
    pub fn end(&mut self, attempt: BareAttempt) -> BareEffects {
        let BareAttempt { id, number } = attempt;
        self.step(Input::Ended { id, attempt: number })
    }

    fn step(&mut self, input: Input) -> BareEffects {
        let effects = self.machine.step(NOW, input, &mut self.store);
        BareEffects(effects.expect("memory can be read"))
    }
}

/// An attempt of an invocation.
#[derive(Clone, Copy, Debug)]
pub struct BareAttempt {
    id: InvocationId,
    number: u64,
}

/// What a machine wants done.
#[derive(Debug)]
pub struct BareEffects(machine::Effects);

impl BareEffects {
    /// The attempts to be started.
    pub fn started(&self) -> impl Iterator<Item = BareAttempt> {
        self.0.internal.iter().filter_map(|action| match action {
            InternalAction::Start(start) => {
                Some(BareAttempt { id: start.id, number: start.attempt })
            }
            _ => None,
        })
    }
}

/// A store.
pub struct BareStore {
    store: Box<dyn store::Store>,
    syncer: Option<Arc<dyn store::Syncer>>,
}

impl BareStore {
    /// A store in memory.
    pub fn in_memory() -> Self {
        Self { store: Box::new(MemoryStore::default()), syncer: None }
    }

    /// The store of an engine, in a database at `path`, which syncs each commit.
    ///
    /// # Errors
    ///
    /// When it cannot be opened.
    pub fn open(path: &Path) -> Result<Self, StoreError> {
        let store = SqliteStore::open(path, Durability::Full);
        let store = store.map_err(|source| StoreError::new("open its database", source))?;
        let syncer = store::Store::syncer(&store)?;
        Ok(Self { store: Box::new(store), syncer })
    }

    /// Adds the writes to the group.
    ///
    /// # Errors
    ///
    /// When it cannot be written.
    pub fn add(&mut self, effects: BareEffects) -> Result<(), StoreError> {
        effects.0.writes.into_iter().try_for_each(|write| self.store.apply(write))
    }

    /// Makes the group durable.
    ///
    /// # Errors
    ///
    /// When it cannot be.
    pub fn commit(&mut self) -> Result<(), StoreError> {
        self.store.commit()?;
        self.syncer.as_ref().map_or(Ok(()), |syncer| syncer.sync())
    }
}

impl std::fmt::Debug for BareStore {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("BareStore").finish_non_exhaustive()
    }
}

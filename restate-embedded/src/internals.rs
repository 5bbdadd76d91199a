//! The machine and the stores by themselves, so that they can be measured without an engine around
//! them. No part of the interface: it changes whenever they do.

use std::{path::Path, sync::Arc};

use bytes::Bytes;
use restate_core::{
    Service,
    wire::{framing::Frame, protocol::InputCommand},
};

use crate::{
    machine::{self, Action, Input, Invoke, Origin, Request, Waiter},
    model::{
        id::{IdSource, InvocationId},
        settings::{Durability, Settings},
        target::Target,
    },
    store::{self, MemoryStore, OpenError, SqliteStore, StoreError},
};

/// The time that machines see.
const NOW: u64 = 1_700_000_000_000;

/// A state machine whose time stands still, and whose ids are the same each time.
#[derive(Debug)]
pub struct Machine {
    machine: machine::Machine,
    /// Stays empty: the steps that are measured read nothing.
    store: MemoryStore,
    waiters: u64,
}

impl Machine {
    /// A machine for these services.
    ///
    /// # Panics
    ///
    /// When two of them have the same name.
    pub fn new(services: Vec<Arc<dyn Service>>) -> Self {
        let catalog =
            crate::model::catalog::Catalog::new(services).expect("each service has its name");
        let ids = IdSource::new(0, 1);
        let mut machine = machine::Machine::new(catalog, Settings::default(), ids);
        let mut store = MemoryStore::default();
        let _ = machine.recover(NOW, Vec::new(), &mut store).expect("memory can be read");
        Self { machine, store, waiters: 0 }
    }

    /// Somebody outside calls a handler of a plain service.
    pub fn call(&mut self, service: &'static str, handler: &'static str, body: Bytes) -> Effects {
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
    pub fn receive(&mut self, attempt: Attempt, chunk: Bytes) -> Effects {
        let Attempt { id, number } = attempt;
        self.step(Input::Received { id, attempt: number, chunk })
    }

    /// An attempt is over.
    pub fn end(&mut self, attempt: Attempt) -> Effects {
        let Attempt { id, number } = attempt;
        self.step(Input::Ended { id, attempt: number })
    }

    fn step(&mut self, input: Input) -> Effects {
        let effects = self.machine.step(NOW, input, &mut self.store);
        Effects(effects.expect("memory can be read"))
    }
}

/// An attempt of an invocation.
#[derive(Clone, Copy, Debug)]
pub struct Attempt {
    id: InvocationId,
    number: u64,
}

/// What a machine wants to be done.
#[derive(Debug)]
pub struct Effects(machine::Effects);

impl Effects {
    /// The attempts that are to be started.
    pub fn started(&self) -> impl Iterator<Item = Attempt> {
        self.0.actions.iter().filter_map(|action| match action {
            Action::Start(start) => Some(Attempt { id: start.id, number: start.attempt }),
            _ => None,
        })
    }
}

/// A store.
pub struct Store(Box<dyn store::Store>);

impl Store {
    /// A store that lasts as long as this value.
    pub fn in_memory() -> Self {
        Self(Box::new(MemoryStore::default()))
    }

    /// The store of an engine, in a database at `path`, that syncs each commit.
    ///
    /// # Errors
    ///
    /// When it cannot be opened.
    pub fn open(path: &Path) -> Result<Self, OpenError> {
        Ok(Self(Box::new(SqliteStore::open(path, Durability::Full)?)))
    }

    /// Adds what is to be written to the group.
    ///
    /// # Errors
    ///
    /// When it cannot be written.
    pub fn add(&mut self, effects: Effects) -> Result<(), StoreError> {
        effects.0.writes.into_iter().try_for_each(|write| self.0.apply(write))
    }

    /// Makes the group durable.
    ///
    /// # Errors
    ///
    /// When it cannot be.
    pub fn commit(&mut self) -> Result<(), StoreError> {
        self.0.commit()
    }
}

impl std::fmt::Debug for Store {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Store").finish_non_exhaustive()
    }
}

//! How the driver carries out what the machine has decided.

use std::sync::Arc;

use bytes::Bytes;
use restate_core::contract::HandlerKind;

use super::{
    attempt::{AttemptSetup, AttemptTask, JournalSlot},
    driver::Driver,
    opening::{JournalSource, Opening},
    remote::ExchangeTarget,
    report::report,
};
use crate::{
    machine::{ExternalAction, InternalAction, Start},
    model::{deployment::DeploymentId, id::InvocationId, trace::TraceContext},
    store::StoreError,
};

/// The size of an object's state, in bytes, above which attempts are not sent all of it, but ask for the
/// values they need. Reading this much takes the engine's thread about a millisecond.
const LARGE_STATE: u64 = 1 << 20;

/// The length of a journal, in bytes, above which another thread reads it.
const LONG_JOURNAL: u64 = 1 << 20;

impl Driver {
    /// Carries out what stays in this process.
    pub(super) fn act(&mut self, action: InternalAction) -> Result<(), StoreError> {
        match action {
            InternalAction::Start(start) => self.start(*start)?,
            InternalAction::Deliver { attempt, bytes } => {
                self.hooks.attempt_wakes(attempt);
                if let Some(attempt) = self.state.attempts.get(&attempt) {
                    self.state.wakes.attempt(attempt.deliver(bytes));
                }
            }
            InternalAction::CloseInput { attempt } => {
                self.hooks.attempt_wakes(attempt);
                if let Some(attempt) = self.state.attempts.get(&attempt) {
                    self.state.wakes.attempt(attempt.close_input());
                }
            }
            InternalAction::Stop { attempt } => drop(self.state.attempts.remove(&attempt)),
            InternalAction::Finish { attempt } => {
                if let Some(attempt) = self.state.attempts.get(&attempt) {
                    attempt.finish();
                }
            }
            InternalAction::PublishCatalog => {
                let catalog = self.machine.catalog();
                self.remotes.keep(catalog);
                self.shared_catalog.publish(catalog.clone());
            }
        }
        Ok(())
    }

    /// Carries out what can be seen from outside, once it may be.
    pub(super) fn show(&mut self, action: ExternalAction) {
        match action {
            ExternalAction::Reply { to, reply } => {
                if let Some(client) = self.state.waiters.remove(&to) {
                    self.state.wakes.answer(client, reply);
                }
            }
            ExternalAction::Report { id, target, event } => report(id, &target, &event),
            ExternalAction::Span(span) => span.emit(),
            ExternalAction::Begin { attempt } => {
                let Some(task) = self.state.attempts.get_mut(&attempt) else { return };
                if let Some(journal) = task.take_back() {
                    let slot = task.journal_slot();
                    self.hooks.attempt_wakes(attempt);
                    self.fill(slot, journal);
                }
            }
            ExternalAction::Deliver { attempt, bytes } => {
                if let Some(attempt) = self.state.attempts.get(&attempt) {
                    self.state.wakes.exchange(attempt.deliver(bytes));
                }
            }
            ExternalAction::CloseInput { attempt } => {
                if let Some(attempt) = self.state.attempts.get(&attempt) {
                    self.state.wakes.exchange(attempt.close_input());
                }
            }
            ExternalAction::ConfirmDurable { attempt } => {
                self.hooks.attempt_wakes(attempt);
                if let Some(attempt) = self.state.attempts.get(&attempt) {
                    self.state.wakes.attempt(attempt.confirm_durable());
                }
            }
        }
    }

    fn start(&mut self, start: Start) -> Result<(), StoreError> {
        if let Some(deployment) = start.deployment {
            return self.start_on(deployment, start);
        }
        let Some(service) = self.machine.catalog().service(&start.target.service).cloned() else {
            return Ok(());
        };
        let (attempt, begins_durably) = (start.attempt, start.begins_durably);
        let mut options = self.options.clone();
        options.version = start.protocol;
        // Others may be held back by the limits that it counts in.
        options.report_awaits = start.target.scope.is_some();
        self.hooks.attempt_starts(attempt, &start.target, &self.inbox, &mut options);
        let setup = AttemptSetup {
            id: start.id,
            number: attempt,
            parts: start.parts,
            service,
            target: start.target.clone(),
            options,
            inbox: Arc::clone(&self.inbox),
        };
        let threads = self.threads.spawner();
        let task = match self.journal_source(start)? {
            JournalSource::Read(journal) if !begins_durably => {
                AttemptTask::spawn(&threads, setup, Some(journal))
            }
            source => {
                let mut task = AttemptTask::spawn(&threads, setup, None);
                if begins_durably {
                    task.keep_back(source);
                } else {
                    self.fill(task.journal_slot(), source);
                }
                task
            }
        };
        self.state.attempts.insert(attempt, task);
        Ok(())
    }

    /// Starts an attempt on a deployment. Nothing is sent before it may begin.
    fn start_on(&mut self, deployment: DeploymentId, start: Start) -> Result<(), StoreError> {
        let Some(deployment) = self.machine.catalog().deployment(deployment).cloned() else {
            debug_assert!(false, "an attempt starts on {deployment}, which does not exist");
            return Ok(());
        };
        let (id, number) = (start.id, start.attempt);
        let (service, handler) = (start.target.service.clone(), start.target.handler.clone());
        let protocol = start.protocol;
        let journal = self.journal_source(start)?;
        let trace = self.trace_of(id, &journal)?;
        self.machine.trace_was_read(id, number, trace.clone());
        let target = ExchangeTarget {
            id,
            attempt: number,
            service,
            handler,
            protocol,
            message_limit: self.options.message_limit,
            trace,
        };
        let mut task = self.remotes.start(&deployment, target, &self.inbox, &self.runtime);
        task.keep_back(journal);
        self.state.attempts.insert(number, task);
        Ok(())
    }

    /// The trace that an invocation belongs to: its input, which is first in its journal, says it.
    fn trace_of(
        &mut self,
        id: InvocationId,
        journal: &JournalSource,
    ) -> Result<TraceContext, StoreError> {
        let stored;
        let input = match journal {
            JournalSource::Read(opening) => opening.get(1),
            JournalSource::Stored(..) => {
                stored = self.store.journal(id, 0)?;
                stored.first()
            }
        };
        Ok(input.map(TraceContext::of_input).unwrap_or_default())
    }

    fn journal_source(&mut self, start: Start) -> Result<JournalSource, StoreError> {
        let state = self.state_to_send(&start)?;
        let (id, parts) = (start.id, start.parts);
        if start.journal_bytes > LONG_JOURNAL
            && let Some(reader) = self.store.reader()
        {
            // The reader sees only what is committed.
            self.store.commit()?;
            return Ok(JournalSource::Stored(Box::new(Opening { start, state }), reader));
        }
        let entries = match &start.input {
            Some(input) if parts == 0 => vec![input.clone()],
            _ => self.store.journal(id, parts)?,
        };
        Ok(JournalSource::Read(Opening { start, state }.journal(entries)))
    }

    fn fill(&self, slot: JournalSlot, journal: JournalSource) {
        match journal {
            JournalSource::Read(journal) => slot.fill(journal),
            JournalSource::Stored(opening, reader) => {
                let inbox = Arc::clone(&self.inbox);
                drop(self.runtime.spawn_blocking(move || opening.read(reader, slot, &inbox)));
            }
        }
    }

    /// The state that an attempt is sent when it starts; `None` if it has to ask for each value.
    fn state_to_send(&mut self, start: &Start) -> Result<Option<Vec<(Bytes, Bytes)>>, StoreError> {
        if matches!(
            self.machine.catalog().kind_on(&start.target, start.deployment),
            Some(HandlerKind::Plain) | None
        ) {
            return Ok(Some(Vec::new()));
        }
        if self.machine.catalog().settings_on(&start.target, start.deployment).lazy_state
            == Some(true)
        {
            return Ok(None);
        }
        let state = self.store.state(&start.target.object(), LARGE_STATE)?;
        if let Some(state) = &state {
            let size = state.iter().map(|(name, value)| (name.len() + value.len()) as u64).sum();
            self.machine.state_was_sent(start.id, start.attempt, size);
        }
        Ok(state)
    }
}

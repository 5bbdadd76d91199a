//! The loop of the engine's thread: the only code of the engine that waits, spawns tasks and reads the
//! clock.

use std::{
    collections::HashSet,
    sync::Arc,
    time::{Duration, Instant},
};

use bytes::Bytes;
use restate_core::{attempt::AttemptOptions, contract::HandlerKind, server::HandlerThreads};
use tokio::{runtime, sync::oneshot};
use tracing::{info, warn};

use crate::{
    engine::{
        attempt::{AttemptSetup, AttemptTask},
        crash_log::CrashLog,
        directory::Directory,
        hooks::Hooks,
        inbox::{Command, Inbox},
        opening::Opening,
        report::report,
    },
    machine::{Action, Effects, Event, Input, Machine, Reply, Start, Waiter},
    model::{catalog::Catalog, number_map::NumberMap},
    store::{Phase, Store, StoreError, StoredInvocation, Write},
};

/// The longest that the driver waits for commands; bounds how late a change of the system clock is
/// noticed.
const MAX_WAIT: Duration = Duration::from_secs(1);

/// The size of an object's state, in bytes, above which attempts are not sent all of it, but ask for the
/// values they need. Reading this much takes the engine's thread about a millisecond.
const LARGE_STATE: u64 = 1 << 20;

/// The length of a journal, in bytes, above which another thread reads it.
const LONG_JOURNAL: u64 = 1 << 20;

/// Runs a machine on a store, on a thread of its own.
///
/// Each round takes all commands that arrived while the previous round was being written, steps the
/// machine for each, commits all writes as one group, and then carries out the actions. One sync of
/// the disk is shared by everything that arrived during the one before.
pub(crate) struct Driver {
    pub(crate) machine: Machine,
    pub(crate) store: Box<dyn Store>,
    // Fields are dropped in order: the lock must outlive the store.
    pub(crate) directory: Option<Directory>,
    pub(crate) catalog: Catalog,
    pub(crate) options: AttemptOptions,
    pub(crate) inbox: Arc<Inbox>,
    /// Where long journals are read.
    pub(crate) runtime: runtime::Handle,
    pub(crate) threads: HandlerThreads,
    pub(crate) state: DriverState,
    pub(crate) hooks: Arc<dyn Hooks>,
    pub(crate) crash_limit: u32,
}

impl Drop for Driver {
    fn drop(&mut self) {
        self.inbox.close();
        self.hooks.driver_stopped();
    }
}

/// The state of the driver between rounds.
#[derive(Debug, Default)]
pub(crate) struct DriverState {
    attempts: NumberMap<u64, AttemptTask>,
    waiters: NumberMap<Waiter, oneshot::Sender<Reply>>,
    /// The number of waiters at which those that have gone are removed next.
    sweep_at: usize,
    actions: Vec<Action>,
    stop_at: Option<Instant>,
    /// The time of the last round.
    seen: u64,
    /// Which attempts run, if there is a directory to remember it in.
    crash_log: Option<CrashLog>,
}

impl DriverState {
    /// Remembers which attempts start, before they do, and which have failed.
    fn log_attempts(&mut self, actions: &[Action]) {
        let Some(log) = &mut self.crash_log else { return };
        for action in actions {
            match action {
                Action::Start(start) => log.started(start.id.order(), start.parts),
                Action::Report { id, event: Event::Retrying { .. }, .. } => log.failed(id.order()),
                _ => {}
            }
        }
        log.write(self.attempts.values().map(AttemptTask::started_with));
    }

    /// Adds a waiter. From time to time, removes and returns those whose clients have gone.
    fn wait(&mut self, waiter: Waiter, reply: oneshot::Sender<Reply>) -> HashSet<Waiter> {
        // Below this, a sweep saves less memory than it is worth. Above, it doubles, so that sweeps
        // cost a constant share of each request.
        const MIN_SWEEP: usize = 1024;

        let mut gone = HashSet::new();
        if self.waiters.len() >= self.sweep_at.max(MIN_SWEEP) {
            let closed = self.waiters.extract_if(|_, reply| reply.is_closed());
            gone = closed.map(|(waiter, _)| waiter).collect();
            self.sweep_at = self.waiters.len() * 2;
        }
        self.waiters.insert(waiter, reply);
        gone
    }
}

impl Driver {
    /// Runs until it is told to stop.
    ///
    /// # Errors
    ///
    /// When the store fails. Nothing of the open group has been acknowledged then.
    pub(crate) fn run(mut self, recovered: oneshot::Sender<()>) -> Result<(), StoreError> {
        self.recover()?;
        // Fails if the future of the start was dropped, which also sends `Abort`.
        let _ = recovered.send(());
        self.work()?;
        self.close()
    }

    /// Leaves a database that is complete without its log. After an error it is left as it is.
    fn close(&mut self) -> Result<(), StoreError> {
        self.store.close()?;
        if let Some(log) = &mut self.state.crash_log {
            log.close();
        }
        if let Some(directory) = &self.directory
            && let Err(error) = directory.end_run()
        {
            // The database has no mark any more, so nothing is compared with this file.
            warn!("the file `run` in the data directory cannot be emptied: {error}");
        }
        Ok(())
    }

    fn recover(&mut self) -> Result<(), StoreError> {
        self.machine.load_rules(self.store.rules()?);
        let mut unfinished = self.store.unfinished()?;
        self.pause_fatal(&mut unfinished)?;
        if !unfinished.is_empty() {
            info!(invocations = unfinished.len(), "resuming unfinished invocations");
        }
        let effects = self.machine.recover(self.now(), unfinished, &mut *self.store)?;
        self.take_in(effects)?;
        self.finish_round()
    }

    /// Pauses the invocations that the process has died with.
    fn pause_fatal(&mut self, unfinished: &mut [StoredInvocation]) -> Result<(), StoreError> {
        let Some(directory) = &self.directory else { return Ok(()) };
        let read = |file| CrashLog::take_over(file, self.crash_limit, unfinished);
        let fatal = match directory.running().and_then(read) {
            Ok((log, fatal)) => {
                self.state.crash_log = Some(log);
                fatal
            }
            Err(error) => {
                warn!("handlers that kill the process will not be paused: {error}");
                return Ok(());
            }
        };
        for invocation in unfinished {
            let Some(deaths) = fatal.get(&invocation.id.order()) else { continue };
            let (id, error) = (invocation.id, CrashLog::reason(*deaths));
            warn!(%id, target = %invocation.target, "invocation paused: {error}");
            self.store.apply(Write::Pause { id, error })?;
            invocation.phase = Phase::Paused;
        }
        Ok(())
    }

    fn work(&mut self) -> Result<(), StoreError> {
        loop {
            let hooks = Arc::clone(&self.hooks);
            let pause = hooks.round_ended(self)?;
            let commands = self.inbox.take(self.at_most(pause));
            let now = self.now();
            // A tick also tells the machine that the clock was set back, so that timers are not late.
            if now >= self.machine.next_tick() || now < self.state.seen {
                self.step(Input::Tick)?;
            }
            self.state.seen = now;
            for command in commands {
                match command {
                    Command::Input(input) => self.step(input)?,
                    Command::Request { input, waiter, reply } => {
                        let gone = self.state.wait(waiter, reply);
                        if !gone.is_empty() {
                            self.step(Input::Gone(gone))?;
                        }
                        self.step(input)?;
                    }
                    Command::Inspect(inspect) => {
                        self.finish_round()?;
                        inspect.0(&self.machine, &mut *self.store);
                    }
                    Command::Shutdown { deadline } => {
                        self.state.stop_at = Some(instant() + deadline);
                        self.step(Input::Drain)?;
                    }
                    Command::StoreFailed(error) => return Err(error),
                    Command::Abort => return Ok(()),
                }
            }
            self.finish_round()?;
            if self.is_over() {
                return Ok(());
            }
        }
    }

    /// Whether a shutdown is complete: all attempts have ended, or its deadline has passed.
    fn is_over(&self) -> bool {
        let stop_at = self.state.stop_at;
        stop_at.is_some_and(|at| self.state.attempts.is_empty() || at <= instant())
    }

    /// How long until the machine's next tick is due.
    pub(crate) fn until_tick(&self) -> Duration {
        Duration::from_millis(self.machine.next_tick().saturating_sub(self.now()))
    }

    /// When the next timer of the store or the machine is due, in milliseconds since the Unix epoch.
    #[cfg(any(test, feature = "testing"))]
    pub(crate) fn next_due(&mut self) -> Result<Option<u64>, StoreError> {
        let stored = self.store.next_wake()?;
        Ok([stored, self.machine.next_alarm()].into_iter().flatten().min())
    }

    /// The numbers of the running attempts.
    #[cfg(any(test, feature = "testing"))]
    pub(crate) fn attempts(&self) -> impl Iterator<Item = u64> {
        self.state.attempts.keys().copied()
    }

    /// Whether commands have arrived for the next round.
    #[cfg(any(test, feature = "testing"))]
    pub(crate) fn has_arrivals(&self) -> bool {
        !self.inbox.is_empty()
    }

    /// Whether a client waits for a reply.
    #[cfg(any(test, feature = "testing"))]
    pub(crate) fn is_awaited(&self) -> bool {
        self.state.waiters.values().any(|waiter| !waiter.is_closed())
    }

    /// Tells all clients that nothing can happen any more.
    #[cfg(any(test, feature = "testing"))]
    pub(crate) fn fail_clients(&mut self) -> Result<(), StoreError> {
        let effects = self.machine.fail_clients();
        self.take_in(effects)?;
        self.finish_round()
    }

    fn at_most(&self, pause: Duration) -> Duration {
        let stop = self.state.stop_at.map(|at| at.saturating_duration_since(instant()));
        pause.min(stop.unwrap_or(MAX_WAIT)).min(MAX_WAIT)
    }

    /// Steps the machine once.
    fn step(&mut self, input: Input) -> Result<(), StoreError> {
        if let Input::Ended { attempt, .. } = &input {
            self.state.attempts.remove(attempt);
        }
        let effects = self.machine.step(self.now(), input, &mut *self.store)?;
        self.take_in(effects)
    }

    /// Adds the writes of a step to the open group, and keeps its actions until that is durable.
    fn take_in(&mut self, effects: Effects) -> Result<(), StoreError> {
        let Effects { writes, actions } = effects;
        writes.into_iter().try_for_each(|write| self.store.apply(write))?;
        self.state.actions.extend(actions);
        Ok(())
    }

    /// Commits the writes of the round, and only then carries out its actions: nothing is acknowledged
    /// before it is durable.
    fn finish_round(&mut self) -> Result<(), StoreError> {
        self.store.commit()?;
        let mut actions = std::mem::take(&mut self.state.actions);
        self.state.log_attempts(&actions);
        for action in actions.drain(..) {
            self.act(action)?;
        }
        self.state.actions = actions;
        Ok(())
    }

    fn act(&mut self, action: Action) -> Result<(), StoreError> {
        match action {
            Action::Start(start) => self.start(*start)?,
            Action::Deliver { attempt, bytes } => {
                self.hooks.attempt_wakes(attempt);
                if let Some(attempt) = self.state.attempts.get(&attempt) {
                    attempt.deliver(bytes);
                }
            }
            Action::CloseInput { attempt } => {
                self.hooks.attempt_wakes(attempt);
                if let Some(attempt) = self.state.attempts.get(&attempt) {
                    attempt.close_input();
                }
            }
            Action::Stop { attempt } => drop(self.state.attempts.remove(&attempt)),
            Action::Reply { to, reply } => {
                if let Some(waiting) = self.state.waiters.remove(&to) {
                    // Fails if the client has gone, which does not concern the invocation.
                    drop(waiting.send(reply));
                }
            }
            Action::Report { id, target, event } => report(id, &target, &event),
        }
        Ok(())
    }

    fn start(&mut self, start: Start) -> Result<(), StoreError> {
        let Some(service) = self.catalog.service(&start.target.service).cloned() else {
            return Ok(());
        };
        let (id, attempt, parts) = (start.id, start.attempt, start.parts);
        let state = self.state_to_send(&start)?;
        let reader = if start.journal_bytes > LONG_JOURNAL { self.store.reader() } else { None };
        let entries = match (&reader, &start.input) {
            (Some(_), _) => None,
            (None, Some(input)) if parts == 0 => Some(vec![input.clone()]),
            _ => Some(self.store.journal(id, parts)?),
        };
        let mut options = self.options.clone();
        self.hooks.attempt_starts(attempt, &start.target, &self.inbox, &mut options);
        let run = AttemptSetup {
            id,
            number: attempt,
            parts,
            service,
            target: start.target.clone(),
            options,
            inbox: Arc::clone(&self.inbox),
        };
        let (opening, threads) = (Opening { start, state }, self.threads.spawner());
        let task = match (reader, entries) {
            (Some(reader), _) => {
                let task = AttemptTask::spawn(&threads, run, None);
                let (slot, inbox) = (task.journal_slot(), Arc::clone(&self.inbox));
                drop(self.runtime.spawn_blocking(move || opening.read(reader, slot, &inbox)));
                task
            }
            (None, entries) => {
                let journal = opening.journal(entries.unwrap_or_default());
                AttemptTask::spawn(&threads, run, Some(journal))
            }
        };
        self.state.attempts.insert(attempt, task);
        Ok(())
    }

    /// The state that an attempt is sent when it starts; `None` if it has to ask for each value.
    fn state_to_send(&mut self, start: &Start) -> Result<Option<Vec<(Bytes, Bytes)>>, StoreError> {
        if matches!(self.catalog.kind(&start.target), Some(HandlerKind::Plain) | None) {
            return Ok(Some(Vec::new()));
        }
        if self.catalog.settings(&start.target).lazy_state == Some(true) {
            return Ok(None);
        }
        let state = self.store.state(&start.target.object(), LARGE_STATE)?;
        if let Some(state) = &state {
            let size = state.iter().map(|(name, value)| (name.len() + value.len()) as u64).sum();
            self.machine.state_was_sent(start.id, start.attempt, size);
        }
        Ok(state)
    }

    fn now(&self) -> u64 {
        u64::try_from(self.options.clock.now().as_millis()).unwrap_or(u64::MAX)
    }
}

#[expect(clippy::disallowed_methods, reason = "the deadline of a shutdown is in real time")]
fn instant() -> Instant {
    Instant::now()
}

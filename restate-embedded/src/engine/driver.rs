//! The rounds of the engine and the loop of its thread: the only code of the engine that waits, spawns
//! tasks and reads the clock.

use std::{
    mem,
    ops::ControlFlow,
    sync::Arc,
    time::{Duration, Instant},
};

use restate_core::{attempt::AttemptOptions, server::HandlerThreads};
use tokio::{runtime, sync::oneshot};
use tracing::{info, warn};

use crate::{
    engine::{
        attempt::AttemptTask,
        borrowed::RoundThread,
        crash_log::CrashLog,
        directory::Directory,
        disk_sync::DiskSync,
        driver_state::DriverState,
        hooks::Hooks,
        inbox::{Command, Inbox},
        remote::Remotes,
        report::report_fatal,
    },
    machine::{Effects, ExternalAction, Input, Machine},
    model::catalog::SharedCatalog,
    store::{Phase, Store, StoreError, StoredInvocation, Write},
};

/// The longest that the driver waits for commands; bounds how late a change of the system clock is
/// noticed.
const MAX_WAIT: Duration = Duration::from_secs(1);

/// How many attempts run and clients wait, together, while other threads may borrow the driver. With few,
/// lending it makes calls faster; with 64 connections, it makes them a quarter slower.
const MAX_LENT: usize = 8;

/// Runs a machine on a store, on a thread of its own or on one that borrows it.
///
/// Each round takes all commands that have arrived, steps the machine for each, adds the writes to the
/// open group, and carries out the internal actions. The group is committed when somebody outside waits
/// for it, or after a short time. Its sync takes place on another thread; the external actions that
/// depend on it are carried out when that has ended. Rounds go on meanwhile, so one sync is shared by
/// everything that is written during the one before.
pub(crate) struct Driver {
    pub(crate) machine: Machine,
    pub(crate) store: Box<dyn Store>,
    /// `None` if a commit of the store needs no sync.
    pub(crate) disk: Option<DiskSync>,
    // Fields are dropped in order: the lock must outlive the store.
    pub(crate) directory: Option<Directory>,
    /// Where others see the machine's catalog.
    pub(crate) shared_catalog: SharedCatalog,
    /// How attempts reach deployments.
    pub(crate) remotes: Remotes,
    pub(crate) options: AttemptOptions,
    pub(crate) inbox: Arc<Inbox>,
    /// Where servers answer, and long journals are read.
    pub(crate) runtime: runtime::Handle,
    pub(crate) threads: HandlerThreads,
    pub(crate) state: DriverState,
    pub(crate) hooks: Arc<dyn Hooks>,
    pub(crate) crash_limit: u32,
    /// Told when the engine has stopped.
    #[cfg(feature = "grpc")]
    pub(crate) serving: Arc<tokio::sync::watch::Sender<restate_grpc::Serving>>,
    /// Whether other threads may borrow it.
    pub(crate) is_lent: bool,
}

impl Drop for Driver {
    fn drop(&mut self) {
        self.inbox.close();
        #[cfg(feature = "grpc")]
        self.serving.send_if_modified(|serving| {
            // One that has drained has stopped as it was told to.
            let fails = *serving == restate_grpc::Serving::Serving;
            if fails {
                *serving = restate_grpc::Serving::Failed;
            }
            fails
        });
        self.hooks.driver_stopped();
    }
}

impl Driver {
    /// Runs until it is told to stop.
    ///
    /// # Errors
    ///
    /// When the store fails. Nothing of the open group has been acknowledged then.
    pub(crate) fn run(
        mut self: Box<Self>,
        recovered: oneshot::Sender<()>,
    ) -> Result<(), StoreError> {
        self.recover()?;
        // Fails if the future of the start was dropped, which also sends `Abort`.
        let _ = recovered.send(());
        self.work()?.close()
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
        self.settle()
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
            report_fatal(id, &invocation.target, &error);
            let writes = vec![Write::Pause { id, error }];
            self.take_in(Effects { writes, ..Effects::default() })?;
            invocation.phase = Phase::Paused;
        }
        Ok(())
    }

    fn work(mut self: Box<Self>) -> Result<Box<Self>, StoreError> {
        let inbox = Arc::clone(&self.inbox);
        loop {
            let hooks = Arc::clone(&self.hooks);
            let pause = hooks.round_ended(&mut self)?;
            let pause = self.at_most(pause);
            let commands;
            // One that stops ends this loop, which only this thread can do.
            if self.is_lent && !self.is_busy() && self.state.stop_at.is_none() {
                (self, commands) = inbox.park(self, pause);
                if let Some(failure) = self.state.failure.take() {
                    return Err(failure.raise());
                }
            } else {
                commands = inbox.take(pause);
            }
            match self.round(commands, RoundThread::Engine)? {
                ControlFlow::Continue(()) if !self.is_over() => {}
                ControlFlow::Continue(()) => {
                    self.settle()?;
                    return Ok(self);
                }
                ControlFlow::Break(()) => return Ok(self),
            }
        }
    }

    /// Does what has arrived. Breaks if it is told to stop at once.
    pub(super) fn round(
        &mut self,
        commands: Vec<Command>,
        thread: RoundThread,
    ) -> Result<ControlFlow<()>, StoreError> {
        let now = self.now();
        // A tick also tells the machine that the clock was set back, so that timers are not late.
        if now >= self.machine.next_tick() || now < self.state.seen {
            self.step(Input::Tick)?;
        }
        self.state.seen = now;
        for command in commands {
            match command {
                Command::Input(input) => self.step(input)?,
                Command::Request { input, waiter, client } => {
                    let gone = self.state.wait(waiter, client);
                    if !gone.is_empty() {
                        self.step(Input::Gone(gone))?;
                    }
                    self.step(input)?;
                }
                Command::Inspect(inspect) => {
                    self.settle()?;
                    inspect.0(&self.machine, &mut *self.store);
                }
                Command::Shutdown { deadline } => {
                    self.state.stop_at = Some(instant() + deadline);
                    self.step(Input::Drain)?;
                }
                Command::AwaitDurable { attempt } => {
                    let confirm = ExternalAction::ConfirmDurable { attempt };
                    self.state.outbox.add(0, vec![confirm], self.state.uptime());
                }
                #[cfg(feature = "deployments")]
                Command::Consumed { attempt, bytes } => {
                    if let Some(attempt) = self.state.attempts.get(&attempt) {
                        attempt.consumed(bytes);
                    }
                }
                Command::SyncEnded => self.sync_ended()?,
                Command::StoreFailed(error) => return Err(error),
                Command::Abort => return Ok(ControlFlow::Break(())),
            }
        }
        self.finish_round(thread)?;
        Ok(ControlFlow::Continue(()))
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
        self.state.waiters.values().any(|client| !client.is_gone())
    }

    /// Tells all clients that nothing can happen any more.
    #[cfg(any(test, feature = "testing"))]
    pub(crate) fn fail_clients(&mut self) -> Result<(), StoreError> {
        let effects = self.machine.fail_clients();
        self.take_in(effects)?;
        self.settle()
    }

    /// How long the engine's thread may sleep if nothing arrives.
    pub(super) fn pause(&self) -> Duration {
        if self.is_busy() { Duration::ZERO } else { self.at_most(self.until_tick()) }
    }

    /// Whether so much runs that rounds with many commands, on a thread that is awake anyway, cost less
    /// than many short ones on other threads.
    fn is_busy(&self) -> bool {
        self.state.attempts.len() + self.state.waiters.len() > MAX_LENT
    }

    fn at_most(&self, pause: Duration) -> Duration {
        let stop = self.state.stop_at.map(|at| at.saturating_duration_since(instant()));
        let commit = self.state.outbox.due_in(self.state.uptime());
        [stop, commit].into_iter().flatten().fold(pause.min(MAX_WAIT), Duration::min)
    }

    /// Steps the machine once.
    fn step(&mut self, input: Input) -> Result<(), StoreError> {
        if let Input::Ended { attempt, .. } = &input {
            self.state.attempts.remove(attempt);
        }
        let effects = self.machine.step(self.now(), input, &mut *self.store)?;
        self.take_in(effects)
    }

    /// Adds the writes of a step to the open group, and its actions to those to be carried out.
    fn take_in(&mut self, effects: Effects) -> Result<(), StoreError> {
        let Effects { writes, applied, internal, external } = effects;
        let written = applied + writes.len();
        writes.into_iter().try_for_each(|write| self.store.apply(write))?;
        self.state.log_attempts(&internal, &external);
        self.state.internal.extend(internal);
        if written > 0 || !external.is_empty() {
            self.state.outbox.add(written, external, self.state.uptime());
        }
        Ok(())
    }

    /// Carries out the internal actions of the round, and commits if it is time.
    fn finish_round(&mut self, thread: RoundThread) -> Result<(), StoreError> {
        self.act_inside()?;
        // Left to the engine's thread by a client, as `pause` tells that it is due.
        if thread != RoundThread::Client && self.state.outbox.is_commit_due(self.state.uptime()) {
            self.commit()?;
        }
        self.show_ready();
        Ok(())
    }

    fn act_inside(&mut self) -> Result<(), StoreError> {
        if let Some(log) = &mut self.state.crash_log {
            log.write(self.state.attempts.values().filter_map(AttemptTask::started_with));
        }
        let mut actions = mem::take(&mut self.state.internal);
        actions.drain(..).try_for_each(|action| self.act(action))?;
        self.state.internal = actions;
        self.wake_all();
        Ok(())
    }

    fn show_ready(&mut self) {
        for action in self.state.outbox.take_ready() {
            self.show(action);
        }
        self.wake_all();
    }

    fn wake_all(&mut self) {
        self.state.wakes.wake(self.threads.runtime(), &self.runtime);
    }

    /// Commits the open group, and has it synced.
    fn commit(&mut self) -> Result<(), StoreError> {
        self.count_commit();
        self.store.commit()?;
        self.state.outbox.sync_begins();
        match &self.disk {
            Some(disk) if self.syncs_here(disk) => disk.now()?,
            Some(disk) => return disk.begin(),
            None => {}
        }
        self.state.outbox.sync_ended();
        Ok(())
    }

    /// Whether a sync on this thread costs less than the two switches of threads that it saves: while no handler
    /// could go on meanwhile, or the sync is short and only clients wait for it.
    fn syncs_here(&self, disk: &DiskSync) -> bool {
        let only_clients = || self.state.outbox.is_for_clients_only();
        self.state.attempts.is_empty() || self.is_busy() && disk.is_short() && only_clients()
    }

    /// Carries out what has waited for the sync that has ended, unless [`settle`](Self::settle) has.
    fn sync_ended(&mut self) -> Result<(), StoreError> {
        if let Some(ended) = self.disk.as_ref().and_then(DiskSync::ended) {
            ended?;
            self.state.outbox.sync_ended();
            // An attempt must have been started before it may begin.
            self.act_inside()?;
            self.show_ready();
        }
        Ok(())
    }

    /// Carries out all actions, and returns when everything is durable.
    fn settle(&mut self) -> Result<(), StoreError> {
        self.act_inside()?;
        if self.state.outbox.is_syncing() {
            self.disk.as_ref().map_or(Ok(()), DiskSync::wait)?;
            self.state.outbox.sync_ended();
        }
        if self.state.outbox.writes() > 0 {
            self.count_commit();
        }
        self.store.commit()?;
        if !self.state.outbox.is_settled() {
            self.state.outbox.sync_begins();
            self.disk.as_ref().map_or(Ok(()), DiskSync::now)?;
            self.state.outbox.sync_ended();
        }
        self.show_ready();
        Ok(())
    }

    fn count_commit(&self) {
        let figures = self.machine.figures();
        figures.commits.count();
        figures.commit_writes.observe(self.state.outbox.writes() as u64);
    }

    fn now(&self) -> u64 {
        u64::try_from(self.options.clock.now().as_millis()).unwrap_or(u64::MAX)
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "the deadline of a shutdown, and what metrics measure, are in real time"
)]
pub(crate) fn instant() -> Instant {
    Instant::now()
}

//! What the engine decides, as a function of its inputs: no clock, no disk, no tasks.
//!
//! Each part of the state has its own type, whose private fields hold one invariant: [`Queues`] who
//! has a key, [`Limits`] who counts as running, [`Timers`] what is due, an `Invocation` its journal
//! and attempt. A [`Step`](step::Step) lets one input change them together.

mod activity;
mod attempt;
mod awaiters;
mod checks;
mod commands;
mod control;
mod deadlock;
mod decode;
mod deployments;
mod effects;
mod giving_way;
mod input;
#[cfg(test)]
mod invariants;
mod invocation;
mod journal;
mod lifecycle;
mod limits;
mod occupancy;
mod operations;
mod outbox;
mod prefix;
mod promises;
mod queues;
#[cfg(feature = "deployments")]
mod registration;
mod restart;
mod resume;
mod retries;
mod rules;
mod services;
#[cfg(test)]
mod simulation;
mod sizes;
#[cfg(any(test, feature = "testing"))]
mod stall;
mod state;
mod step;
#[cfg(test)]
mod tests;
mod tick;
mod timers;
mod trace;
mod waiting_line;
mod waits;

pub(crate) use activity::{Activity, PastFailure};
pub(crate) use control::{Control, Outcome};
pub(crate) use effects::{
    AcceptedAs, Effects, Event, ExternalAction, FailedAttempt, InternalAction, Reply, Start,
    WaitsFor,
};
pub(crate) use input::{
    Input, InvocationRef, Invoke, Operation, Origin, Recipient, Request, Waiter,
};
pub(crate) use outbox::{GroupLimits, Outbox};
pub(crate) use prefix::{PrefixError, prefix};
#[cfg(feature = "deployments")]
pub(crate) use registration::{Consent, DeployOutcome, Deployed, Registration};
pub(crate) use restart::Restart;
pub(crate) use resume::ResumeOn;
pub(crate) use rules::{Precondition, RuleChange};
pub(crate) use state::{OtherValues, StateChange};
pub(crate) use timers::millis;
pub(crate) use waits::Waits;

use std::sync::Arc;

use self::{
    invocation::{Invocation, Status},
    limits::Limits,
    occupancy::Occupancy,
    queues::Queues,
    services::Services,
    step::Step,
    timers::Timers,
};
use crate::{
    model::{
        catalog::Catalog,
        figures::EngineFigures,
        id::{IdSource, InvocationId},
        number_map::NumberMap,
        rules::{Rule, Rules},
        settings::Settings,
        trace::{Sampling, TraceContext},
    },
    store::{Phase, Reads, StoreError, StoredInvocation},
};

/// The state machine of an engine.
///
/// [`step`](Self::step) takes one input, and returns what to write and what to do about it. Three
/// rules make it safe against a crash at any point:
///
/// - all writes of a step become durable together,
/// - inputs are stepped in one order, and their writes become durable in that order,
/// - its external actions are carried out only after that. Internal ones need not wait: a crash takes
///   back the last steps with everything inside this process that followed from them.
#[derive(Debug)]
pub(crate) struct Machine {
    services: Services,
    occupancy: Occupancy,
    ids: IdSource,
    /// How many attempts were started; the number of the last one.
    attempts: u64,
    /// Every invocation that is neither scheduled nor completed. A scheduled one is here only if a
    /// client waits for it, or if it was looked up: millions of them may be pending, on disk.
    invocations: NumberMap<InvocationId, Invocation>,
    queues: Queues,
    limits: Limits,
    timers: Timers,
    figures: Arc<EngineFigures>,
    /// Which traces are recorded; `None` if nobody listens.
    sampling: Option<Sampling>,
    /// Whether the engine shuts down: no attempt is started any more.
    draining: bool,
    /// When it began, in milliseconds since the Unix epoch.
    began: u64,
    /// The time of the last step, in milliseconds since the Unix epoch.
    last_step: u64,
    /// Always empty between steps; kept so that its allocation is reused.
    touched: Vec<InvocationId>,
    /// A defect that the simulation must find: commands are stored before they are checked.
    #[cfg(test)]
    stores_refused: bool,
    /// Another one: what a restarted invocation keeps is carried out again.
    #[cfg(test)]
    repeats_kept: bool,
}

impl Machine {
    /// A machine without invocations, whose ids come from `ids`.
    pub(crate) fn new(catalog: Catalog, settings: Settings, ids: IdSource) -> Self {
        Self {
            occupancy: Occupancy::new(settings.deployment_concurrency),
            services: Services::new(catalog, settings),
            ids,
            attempts: 0,
            invocations: NumberMap::default(),
            queues: Queues::default(),
            limits: Limits::default(),
            timers: Timers::default(),
            figures: Arc::default(),
            sampling: None,
            draining: false,
            began: 0,
            last_step: 0,
            touched: Vec::new(),
            #[cfg(test)]
            stores_refused: false,
            #[cfg(test)]
            repeats_kept: false,
        }
    }

    /// Takes over what an earlier process left unfinished, in the order of arrival, and continues
    /// it.
    ///
    /// # Errors
    ///
    /// When the store cannot be read; the machine is not usable then.
    pub(crate) fn recover(
        &mut self,
        now: u64,
        unfinished: Vec<StoredInvocation>,
        store: &mut dyn Reads,
    ) -> Result<Effects, StoreError> {
        (self.began, self.last_step) = (now, now);
        let mut step = Step::new(self, store, now);
        for stored in unfinished {
            step.machine.ids.skip_to(stored.arrived);
            let id = stored.id;
            match stored.phase.clone() {
                Phase::Ready => {
                    step.admit(stored, Status::Queued);
                    step.trace_lost_attempt(id);
                    step.start(id)?;
                }
                Phase::Suspended(suspension) => {
                    let awaited = decode::awaited(&suspension);
                    step.admit(stored, Status::Suspended(awaited));
                    step.join_queue(id);
                }
                Phase::Paused => {
                    step.admit(stored, Status::Paused);
                    step.trace_lost_attempt(id);
                    step.join_queue(id);
                }
                Phase::Scheduled | Phase::Completed(_) => {
                    debug_assert!(false, "{id} is not unfinished: {:?}", stored.phase);
                }
            }
        }
        step.count_timers()?;
        step.load_timers()?;
        Ok(step.finish())
    }

    /// What follows from `input` at `now`, in milliseconds since the Unix epoch.
    ///
    /// # Errors
    ///
    /// When the store cannot be read or written. Part of the step may have happened then, in memory
    /// and in the open group: the group must not be committed, and the machine not be used again.
    pub(crate) fn step(
        &mut self,
        now: u64,
        input: Input,
        store: &mut dyn Reads,
    ) -> Result<Effects, StoreError> {
        self.set_clock(now);
        let mut step = Step::new(self, store, now);
        match input {
            Input::Invoke(invoke) => step.invoke(invoke)?,
            Input::Operate { invocation, operation } => step.operate(&invocation, operation)?,
            Input::Control { id, control, waiter } => step.control_one(id, control, waiter)?,
            Input::ControlMany { ids, control, waiter } => {
                step.control_many(ids, control, waiter)?;
            }
            Input::Restart { restart, waiter } => step.restart(*restart, waiter)?,
            Input::Received { id, attempt, chunk, response } => {
                step.received(id, attempt, chunk, response)?;
            }
            Input::Failed { id, attempt, error } => step.lost(id, attempt, error),
            Input::Ended { id, attempt } => step.ended(id, attempt),
            Input::CompletePromise { promise, result, waiter } => {
                step.complete_promise_for_client(promise, &result, waiter)?;
            }
            Input::PeekPromise { promise, waiter } => {
                step.peek_promise_for_client(&promise, waiter)?;
            }
            Input::ChangeState { change, waiter } => step.change_state(change, waiter)?,
            #[cfg(feature = "deployments")]
            Input::Deploy { registration, waiter } => step.deploy(*registration, waiter)?,
            Input::Undeploy { id, force, waiter } => step.undeploy(id, force, waiter),
            Input::ChangeRules { changes, waiter } => step.change_rules(changes, waiter),
            Input::Tick => step.tick()?,
            Input::Leave { client, waiter } => step.leave(client, waiter),
            Input::Gone(waiters) => {
                let invocations = step.machine.invocations.values_mut();
                invocations.for_each(|invocation| invocation.awaiters.forget(&waiters));
            }
            Input::Drain => step.drain(),
        }
        Ok(step.finish())
    }

    /// An attempt that starts was sent the whole state of its object, of this many bytes.
    ///
    /// Without it, the machine asks the store for the size before the attempt's first change of state.
    pub(crate) fn state_was_sent(&mut self, id: InvocationId, attempt: u64, bytes: u64) {
        let running = self.invocations.get_mut(&id).and_then(Invocation::running);
        if let Some(running) = running.filter(|running| running.number() == attempt) {
            running.set_state_size(bytes);
        }
    }

    /// An attempt that starts on a deployment is of an invocation that belongs to this trace.
    pub(crate) fn trace_was_read(&mut self, id: InvocationId, attempt: u64, trace: TraceContext) {
        let running = self.invocations.get_mut(&id).and_then(Invocation::running);
        if let Some(running) = running.filter(|running| running.number() == attempt) {
            running.set_trace(trace);
        }
    }

    /// What an invocation is doing, if it is in memory.
    pub(crate) fn activity(&self, id: InvocationId) -> Option<Activity> {
        self.invocations.get(&id).map(Activity::of)
    }

    /// The last failed attempts of an invocation, the oldest first.
    pub(crate) fn past_failures(&self, id: InvocationId) -> Vec<PastFailure> {
        let invocation = self.invocations.get(&id);
        invocation.into_iter().flat_map(|it| it.progress.past_failures()).cloned().collect()
    }

    /// Whether an invocation is in memory and has begun.
    pub(crate) fn has_begun(&self, id: InvocationId) -> bool {
        self.invocations.get(&id).is_some_and(|invocation| !invocation.is_untouched())
    }

    /// When the next retry is due, or the inactivity of an attempt is to be checked.
    #[cfg(any(test, feature = "testing"))]
    pub(crate) fn next_alarm(&self) -> Option<u64> {
        self.timers.next_alarm()
    }

    /// When the next [`Input::Tick`] is due.
    pub(crate) fn next_tick(&self) -> u64 {
        self.timers.next_tick()
    }

    /// The services that are known.
    pub(crate) fn catalog(&self) -> &Catalog {
        self.services.catalog()
    }

    /// What is counted for the whole engine.
    pub(crate) fn figures(&self) -> &Arc<EngineFigures> {
        &self.figures
    }

    /// How invocations are treated whose contracts do not say it.
    pub(crate) fn default_settings(&self) -> &Settings {
        self.services.defaults()
    }

    /// When this process took over what is stored, in milliseconds since the Unix epoch.
    pub(crate) fn began(&self) -> u64 {
        self.began
    }

    /// The rules of limits.
    pub(crate) fn rules(&self) -> &Rules {
        self.limits.rules()
    }

    /// Takes over the rules that an earlier process stored.
    pub(crate) fn load_rules(&mut self, rules: Vec<Rule>) {
        self.limits.load(rules);
    }

    /// Takes over the time of a step.
    ///
    /// If the clock was set back, durations keep their length: alarms, and the times they are
    /// computed from, move back as far. Stored timers are points in time, and stay.
    fn set_clock(&mut self, now: u64) {
        let back = self.last_step.saturating_sub(now);
        self.last_step = now;
        if back > 0 {
            self.timers.move_alarms_back(back, self.invocations.values_mut());
        }
    }
}

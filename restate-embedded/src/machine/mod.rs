//! What the engine does, as a function of what happens: no clock, no disk, no tasks.

mod activity;
mod commands;
mod control;
mod deadlock;
mod effects;
mod input;
mod invocation;
mod journal;
mod lifecycle;
mod limits;
mod operations;
mod promises;
mod retries;
#[cfg(test)]
mod simulation;
mod state;
#[cfg(test)]
mod tests;
mod timers;

use std::{
    collections::{HashMap, VecDeque},
    mem,
};

pub(crate) use activity::Activity;
pub(crate) use control::Control;
pub(crate) use effects::{Acceptance, Action, Effects, Event, Question, Reply, Start};
pub(crate) use input::{Asker, Input, Invoke, Operation, Origin, Query, Request, Subject, Waiter};
pub(crate) use limits::{Precondition, RuleChange};
#[cfg(test)]
use promises::{PromiseOperation, PromiseQuery};
pub(crate) use state::{StateChange, Wanted};
pub(crate) use timers::millis;

use self::{
    invocation::{Invocation, Status},
    limits::Limits,
    timers::Timers,
};
use crate::{
    catalog::Catalog,
    id::{IdSource, InvocationId},
    numbers::NumberMap,
    settings::Settings,
    store::{Phase, StoredInvocation},
    target::{Object, Target},
};

/// The state machine of an engine.
///
/// [`step`](Self::step) takes one input and tells what is to be written and done about it.
/// Three rules make it safe against crashes at any point:
///
/// - all writes of a step become durable together,
/// - its actions are carried out only after that,
/// - inputs are stepped in one order, and their writes are stored in that order.
#[derive(Debug)]
pub(crate) struct Machine {
    catalog: Catalog,
    settings: Settings,
    ids: IdSource,
    attempts: u64,
    /// Everything that is neither scheduled nor over; scheduled ones only if somebody asked.
    invocations: NumberMap<InvocationId, Invocation>,
    /// Who waits for the key of an object. The first one holds it.
    queues: HashMap<Object, VecDeque<InvocationId>>,
    limits: Limits,
    timers: Timers,
    draining: bool,
    // Of the step under way:
    now: u64,
    effects: Effects,
    touched: Vec<InvocationId>,
}

impl Machine {
    /// A machine without invocations, whose ids come from `ids`.
    pub(crate) fn new(catalog: Catalog, settings: Settings, ids: IdSource) -> Self {
        Self {
            catalog,
            settings,
            ids,
            attempts: 0,
            invocations: NumberMap::default(),
            queues: HashMap::new(),
            limits: Limits::default(),
            timers: Timers::default(),
            draining: false,
            now: 0,
            effects: Effects::default(),
            touched: Vec::new(),
        }
    }

    /// Takes over what an earlier process left, in the order of arrival, and goes on with it.
    pub(crate) fn recover(&mut self, now: u64, unfinished: Vec<StoredInvocation>) -> Effects {
        self.now = now;
        for stored in unfinished {
            self.ids.skip_to(stored.arrived);
            let id = stored.id;
            match stored.phase.clone() {
                Phase::Ready => {
                    self.admit(stored, Status::Queued);
                    self.start(id);
                }
                Phase::Suspended(awaiting) => {
                    let waiting = commands::awaited(&awaiting);
                    self.admit(stored, Status::Suspended(waiting));
                    self.join_queue(id);
                }
                Phase::Paused => {
                    self.admit(stored, Status::Paused);
                    self.join_queue(id);
                }
                Phase::Scheduled | Phase::Completed(_) => {}
            }
        }
        self.look_ahead();
        self.finish_step()
    }

    /// What follows from `input` at `now`, in milliseconds since the Unix epoch.
    pub(crate) fn step(&mut self, now: u64, input: Input) -> Effects {
        self.set_clock(now);
        match input {
            Input::Invoke(invoke) => self.invoke(invoke, None),
            Input::Operate(query) => self.operate(query),
            Input::Received { id, attempt, chunk } => self.received(id, attempt, chunk),
            Input::Ended { id, attempt } => self.ended(id, attempt),
            Input::Found { query, found } => self.found(query, found),
            Input::Promise { query, found } => self.promise(query, found),
            Input::State { query, found } => self.state(query, found),
            Input::ChangeState { change, waiter } => self.change_state(change, waiter),
            Input::ChangeRules { changes, waiter } => self.change_rules(changes, waiter),
            Input::Timers(timers) => self.timers.load(timers),
            Input::Tick => self.tick(),
            Input::Gone(waiters) => self.forget_waiters(&waiters),
            Input::Drain => self.drain(),
        }
        self.finish_step()
    }

    /// What an invocation is doing, if it is in memory.
    pub(crate) fn activity(&self, id: InvocationId) -> Option<Activity> {
        self.invocations.get(&id).map(Activity::of)
    }

    /// When the next retry is due, or an attempt is to be looked after.
    pub(crate) fn next_alarm(&self) -> Option<u64> {
        self.timers.next_alarm()
    }

    /// When the next [`Input::Tick`] is due.
    pub(crate) fn next_tick(&self) -> u64 {
        self.timers.next_tick()
    }

    /// How an invocation is treated.
    fn settings(&self, id: InvocationId) -> Settings {
        match self.invocations.get(&id) {
            Some(invocation) => self.settings_of(&invocation.target),
            None => self.settings.clone(),
        }
    }

    fn settings_of(&self, target: &Target) -> Settings {
        match self.catalog.kind(target) {
            Some(kind) => self.settings.of(kind, &self.catalog.settings(target)),
            None => self.settings.clone(),
        }
    }

    /// Adds what the step left in journals and outboxes to its effects.
    fn finish_step(&mut self) -> Effects {
        let mut touched = mem::take(&mut self.touched);
        for id in touched.drain(..) {
            if let Some(invocation) = self.invocations.get_mut(&id) {
                journal::flush(invocation, self.now, &mut self.effects);
            }
        }
        self.touched = touched;
        mem::take(&mut self.effects)
    }

    fn drain(&mut self) {
        self.draining = true;
        for invocation in self.invocations.values_mut() {
            if let Status::Running(attempt) = &mut invocation.status {
                journal::close_input(attempt);
                self.touched.push(invocation.id);
            }
        }
    }
}

use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use restate_core::attempt::{AttemptOptions, BeforeRun, Clock, Held};
use tokio::sync::oneshot;

use super::{
    Fault, VirtualClock,
    fault::{Effect, Place},
};
use crate::{
    engine::{
        driver::Driver,
        hooks::Hooks,
        inbox::{Inbox, Mail},
    },
    machine::{Input, millis},
    model::target::Target,
    store::StoreError,
};

/// Clock and faults of a test; they survive its engines.
#[derive(Debug, Default)]
pub(crate) struct TestHooks {
    clock: Arc<VirtualClock>,
    faults: Mutex<Vec<Fault>>,
    advance: Mutex<Option<Advance>>,
}

/// A test lets time pass.
#[derive(Debug)]
struct Advance {
    /// In milliseconds since the Unix epoch.
    until: u64,
    done: oneshot::Sender<()>,
}

impl TestHooks {
    pub(crate) fn new(faults: Vec<Fault>) -> Self {
        Self { faults: Mutex::new(faults), ..Self::default() }
    }

    pub(crate) fn clock(&self) -> &VirtualClock {
        &self.clock
    }

    /// Lets time pass from now on; `done` is told when everything is done that was due until then.
    pub(super) fn advance(&self, by: Duration, done: oneshot::Sender<()>) {
        let until = self.clock.millis().saturating_add(millis(by));
        *lock(&self.advance) = Some(Advance { until, done });
    }

    /// Whether the engine dies at a commit, if any fault is about that.
    pub(super) fn has_crashes(&self) -> bool {
        lock(&self.faults).iter().any(|fault| fault.left > 0 && fault.crashes())
    }

    /// How the engine dies at one of `places`, if it does.
    pub(super) fn crash(&self, target: Option<&Target>, places: &[Place]) -> Option<Effect> {
        let handler = target.map(handler);
        self.take(|fault| {
            let of = fault.handler.as_ref().is_none_or(|of| Some(of) == handler.as_ref());
            of && fault.crashes() && places.contains(&fault.place)
        })
    }

    /// The effect of the first fault like this that is yet to happen, which now happens.
    fn take(&self, like: impl Fn(&Fault) -> bool) -> Option<Effect> {
        let mut faults = lock(&self.faults);
        let fault = faults.iter_mut().find(|fault| fault.left > 0 && like(fault))?;
        fault.left = if fault.left == u32::MAX { u32::MAX } else { fault.left - 1 };
        Some(fault.effect.clone())
    }

    /// Moves the clock to the next thing that is due, if somebody outside waits or time is told to
    /// pass. Returns whether it has moved.
    fn pass_time(&self, driver: &mut Driver) -> Result<bool, StoreError> {
        let next = [driver.next_due()?, self.clock.next_sleeper()].into_iter().flatten().min();
        let mut advance = lock(&self.advance);
        if let Some(Advance { until, .. }) = *advance
            && next.is_none_or(|next| next > until)
        {
            // What the engine does at that time by itself comes before the test goes on.
            let has_moved = self.clock.skip_to(until);
            if !has_moved && let Some(Advance { done, .. }) = advance.take() {
                // Nobody listens if the test was given up.
                let _ = done.send(());
            }
            return Ok(has_moved);
        }
        let passes = advance.is_some() || driver.is_awaited();
        Ok(next.filter(|_| passes).is_some_and(|next| self.clock.skip_to(next)))
    }
}

impl Hooks for Arc<TestHooks> {
    fn clock(&self) -> Arc<dyn Clock> {
        Arc::clone(&self.clock) as _
    }

    /// The same each time, as everything in a test.
    fn id_seed(&self, last_order: u64) -> u64 {
        last_order
    }

    fn attempt_starts(
        &self,
        attempt: u64,
        target: &Target,
        inbox: &Arc<Inbox>,
        options: &mut AttemptOptions,
    ) {
        let (hooks, inbox) = (Self::clone(self), Arc::clone(inbox));
        options.before_run =
            Some(Arc::new(Runs { hooks, attempt, handler: handler(target), inbox }));
    }

    fn attempt_wakes(&self, attempt: u64) {
        self.clock.wake(attempt);
    }

    /// Time passes only between rounds, and while nothing is under way.
    fn round_ended(&self, driver: &mut Driver) -> Result<Duration, StoreError> {
        let at_work = driver.attempts().any(|attempt| !self.clock.is_asleep(attempt));
        let quiet = !at_work && !driver.has_arrivals();
        let has_moved = quiet && self.pass_time(driver)?;
        let is_due = has_moved || driver.until_tick().is_zero();
        Ok(if is_due { Duration::ZERO } else { Duration::MAX })
    }

    fn driver_stopped(&self) {
        // Time does not pass any more.
        drop(lock(&self.advance).take());
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The runs of one attempt.
struct Runs {
    hooks: Arc<TestHooks>,
    attempt: u64,
    handler: String,
    inbox: Arc<Inbox>,
}

impl BeforeRun for Runs {
    fn hold(&self, name: &str, place: usize) -> Option<Held> {
        let effect = self.hooks.take(|fault| {
            let here = match &fault.place {
                Place::Run(run) => run == name,
                Place::NthRun(number) => *number == place,
                _ => false,
            };
            let of = fault.handler.as_ref().is_none_or(|of| *of == self.handler);
            here && of && !fault.crashes()
        });
        Some(match effect? {
            Effect::Error(message) => Box::pin(async { Err(message.into()) }),
            Effect::Fail(error) => Box::pin(async { Err(error.into()) }),
            Effect::Slow(duration) => {
                let sleep = self.hooks.clock.sleep(self.attempt, duration);
                Box::pin(async {
                    sleep.await;
                    Ok(())
                })
            }
            Effect::CrashBefore | Effect::CrashAfter => return None,
        })
    }

    fn idle(&self) {
        if self.hooks.clock.idle(self.attempt) {
            // So that the engine looks whether time can pass.
            self.inbox.push(Mail::Input(Input::Tick));
        }
    }
}

fn handler(target: &Target) -> String {
    format!("{}/{}", target.service, target.handler)
}

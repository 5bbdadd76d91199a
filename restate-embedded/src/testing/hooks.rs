use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use restate_core::attempt::{AttemptOptions, BeforeRun, Clock, Held};
use tokio::sync::oneshot;

use super::{
    Fault, VirtualClock,
    fault::{Effect, FaultPoint},
    stall::Stall,
};
use crate::{
    engine::{
        driver::Driver,
        hooks::Hooks,
        inbox::{Command, Inbox},
    },
    machine::{Input, millis},
    model::{randomness::Randomness, target::Target},
    store::StoreError,
};

/// The clock and the faults of a test, which outlive its engines.
#[derive(Debug, Default)]
pub(crate) struct TestHooks {
    clock: Arc<VirtualClock>,
    faults: Mutex<Vec<Fault>>,
    advance: Mutex<Option<Advance>>,
    stall: Stall,
}

/// A test waits for the clock to reach a time.
#[derive(Debug)]
struct Advance {
    /// In milliseconds since the Unix epoch.
    until: u64,
    done: oneshot::Sender<()>,
}

impl TestHooks {
    pub(super) fn new(faults: Vec<Fault>, stall: Stall) -> Self {
        Self { faults: Mutex::new(faults), stall, ..Self::default() }
    }

    pub(crate) fn clock(&self) -> &VirtualClock {
        &self.clock
    }

    /// Lets this much time pass; sends `done` when everything is done that was due until then.
    pub(super) fn advance(&self, by: Duration, done: oneshot::Sender<()>) {
        let until = self.clock.millis().saturating_add(millis(by));
        *lock(&self.advance) = Some(Advance { until, done });
    }

    /// Whether any fault still has to crash the engine.
    pub(super) fn has_crashes(&self) -> bool {
        lock(&self.faults).iter().any(|fault| fault.remaining > 0 && fault.crashes())
    }

    /// The crash at one of these points, if a fault asks for one.
    pub(super) fn crash(&self, target: Option<&Target>, points: &[FaultPoint]) -> Option<Effect> {
        let handler = target.map(handler);
        self.take(|fault| {
            let of = fault.handler.as_ref().is_none_or(|of| Some(of) == handler.as_ref());
            of && fault.crashes() && points.contains(&fault.point)
        })
    }

    /// The effect of the first matching fault that still has to happen; counts it as happened.
    fn take(&self, matches: impl Fn(&Fault) -> bool) -> Option<Effect> {
        let mut faults = lock(&self.faults);
        let fault = faults.iter_mut().find(|fault| fault.remaining > 0 && matches(fault))?;
        // `always` is `u32::MAX` times.
        fault.remaining -= u32::from(fault.remaining < u32::MAX);
        Some(fault.effect.clone())
    }

    /// Moves the clock to the next thing that is due, if a client waits or the test advances time.
    /// Returns whether it has moved.
    fn pass_time(&self, driver: &mut Driver) -> Result<bool, StoreError> {
        let next = [driver.next_due()?, self.clock.next_sleeper()].into_iter().flatten().min();
        let mut advance = lock(&self.advance);
        if let Some(Advance { until, .. }) = *advance
            && next.is_none_or(|next| next > until)
        {
            // The test continues after the next round, in which the engine does what is due now.
            let has_moved = self.clock.skip_to(until);
            if !has_moved && let Some(Advance { done, .. }) = advance.take() {
                // Fails if the test has stopped waiting.
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

    /// The same in every run of a test, so that its journals are.
    fn randomness(&self, last_order: u64) -> Randomness {
        Randomness::seeded(last_order)
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
            Some(Arc::new(RunHooks { hooks, attempt, handler: handler(target), inbox }));
    }

    fn attempt_wakes(&self, attempt: u64) {
        self.clock.wake(attempt);
    }

    /// Time passes only while no attempt has anything to do: each step of a handler happens at the
    /// time that its inputs came, in every run of the test.
    fn round_ended(&self, driver: &mut Driver) -> Result<Duration, StoreError> {
        let at_work = driver.attempts().any(|attempt| !self.clock.is_asleep(attempt));
        let quiet = !at_work && !driver.has_arrivals();
        let has_moved = quiet && self.pass_time(driver)?;
        let is_due = has_moved || driver.until_tick().is_zero();
        let is_stalled = quiet && !is_due && driver.is_awaited();
        let left = self.stall.time_left(is_stalled);
        if left.is_zero() {
            driver.fail_clients()?;
        }
        Ok(if is_due || left.is_zero() { Duration::ZERO } else { left })
    }

    fn driver_stopped(&self) {
        // Its time does not pass any more: `TestEngine::advance` returns.
        drop(lock(&self.advance).take());
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Intercepts the `run` closures of one attempt.
struct RunHooks {
    hooks: Arc<TestHooks>,
    attempt: u64,
    handler: String,
    inbox: Arc<Inbox>,
}

impl BeforeRun for RunHooks {
    fn hold(&self, name: &str, place: usize) -> Option<Held> {
        let effect = self.hooks.take(|fault| {
            let here = match &fault.point {
                FaultPoint::Run(run) => run == name,
                FaultPoint::NthRun(number) => *number == place,
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
            // Wakes the driver, which then lets time pass.
            self.inbox.push(Command::Input(Input::Tick));
        }
    }
}

fn handler(target: &Target) -> String {
    format!("{}/{}", target.service, target.handler)
}

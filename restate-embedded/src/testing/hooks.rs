//! What a test has set up around an engine: its clock, and what goes wrong.

use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use restate_core::engine::{BeforeRun, Clock, Held};

use super::{
    Fault, VirtualClock,
    fault::{Effect, Place},
};
use crate::{
    engine::inbox::{Inbox, Mail},
    machine::Input,
    model::target::Target,
};

/// Clock and faults of a test; they survive its engines.
#[derive(Debug, Default)]
pub(crate) struct Stage {
    clock: Arc<VirtualClock>,
    faults: Mutex<Vec<Fault>>,
}

impl Stage {
    pub(crate) fn new(faults: Vec<Fault>) -> Self {
        Self { clock: Arc::default(), faults: Mutex::new(faults) }
    }

    pub(crate) fn clock(&self) -> &VirtualClock {
        &self.clock
    }

    /// What comes before the runs of an attempt.
    pub(crate) fn before_runs(
        self: &Arc<Self>,
        attempt: u64,
        target: &Target,
        inbox: &Arc<Inbox>,
    ) -> Arc<dyn BeforeRun> {
        let (stage, inbox) = (Arc::clone(self), Arc::clone(inbox));
        Arc::new(Runs { stage, attempt, handler: handler(target), inbox })
    }

    /// Whether the engine dies at a commit, if any fault is about that.
    pub(super) fn has_crashes(&self) -> bool {
        self.faults().iter().any(|fault| fault.left > 0 && fault.crashes())
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
        let mut faults = self.faults();
        let fault = faults.iter_mut().find(|fault| fault.left > 0 && like(fault))?;
        fault.left = if fault.left == u32::MAX { u32::MAX } else { fault.left - 1 };
        Some(fault.effect.clone())
    }

    fn faults(&self) -> MutexGuard<'_, Vec<Fault>> {
        self.faults.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Clock for Stage {
    fn now(&self) -> Duration {
        self.clock.now()
    }
}

/// The runs of one attempt.
struct Runs {
    stage: Arc<Stage>,
    attempt: u64,
    handler: String,
    inbox: Arc<Inbox>,
}

impl BeforeRun for Runs {
    fn hold(&self, name: &str, place: usize) -> Option<Held> {
        let effect = self.stage.take(|fault| {
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
                let sleep = self.stage.clock.sleep(self.attempt, duration);
                Box::pin(async {
                    sleep.await;
                    Ok(())
                })
            }
            Effect::CrashBefore | Effect::CrashAfter => return None,
        })
    }

    fn idle(&self) {
        if self.stage.clock.idle(self.attempt) {
            // So that the engine looks whether time can pass.
            self.inbox.push(Mail::Input(Input::Tick));
        }
    }
}

fn handler(target: &Target) -> String {
    format!("{}/{}", target.service, target.handler)
}

//! How attempts end, other than with the end of their invocation.

use std::time::Duration;

use bytes::Bytes;
use restate_core::{
    OnMaxAttempts,
    attempt::JOURNAL_MISMATCH,
    wire::protocol::{ErrorBehavior, ErrorMessage, Failure, NotificationId, OutputResult},
};

use super::{
    effects::{Action, Event},
    invocation::Status,
    step::Step,
    timers::millis,
};
use crate::{model::id::InvocationId, store::Write};

/// What the retry policy counts: failures since the journal last grew.
#[derive(Debug)]
pub(super) struct RetryProgress {
    failures: u32,
    /// When the journal last grew.
    at: u64,
    /// Why the last attempt failed.
    error: Option<Box<str>>,
}

impl RetryProgress {
    pub(super) fn new(now: u64) -> Self {
        Self { failures: 0, at: now, error: None }
    }

    /// The journal has grown.
    pub(super) fn made(&mut self, now: u64) {
        *self = Self::new(now);
    }

    fn failed(&mut self, error: &str) -> u32 {
        self.failures += 1;
        self.error = Some(error.into());
        self.failures
    }

    fn paused(&mut self, error: &str) {
        self.error = Some(error.into());
    }

    /// The retry policy starts anew: the invocation is resumed by hand.
    pub(super) fn forget_failures(&mut self) {
        self.failures = 0;
    }

    pub(super) fn failures(&self) -> u32 {
        self.failures
    }

    pub(super) fn error(&self) -> Option<&str> {
        self.error.as_deref()
    }

    /// Milliseconds since the journal last grew.
    pub(super) fn since(&self, now: u64) -> u64 {
        now.saturating_sub(self.at)
    }

    /// The clock was set back by this much.
    pub(super) fn move_back(&mut self, back: u64) {
        self.at = self.at.saturating_sub(back);
    }
}

impl Step<'_> {
    /// An attempt has suspended, with this body of its last message.
    pub(super) fn suspend(&mut self, id: InvocationId, awaited: Vec<NotificationId>, body: Bytes) {
        let Some(invocation) = self.machine.invocations.get_mut(&id) else {
            debug_assert!(false, "{id} is not in memory");
            return;
        };
        let Some(attempt) = invocation.running() else {
            debug_assert!(false, "{id} suspends, but does not run");
            return;
        };
        let wakes = attempt.has_missed(&awaited);
        self.machine.timers.clear_alarm(invocation);
        if wakes {
            // What it waits for is in the journal already. The invocation keeps its slot under its
            // limits, and goes on as if it had received that.
            invocation.status = Status::Queued;
            self.attempt(id);
        } else {
            invocation.status = Status::Suspended(awaited);
            self.write(Write::Suspend { id, awaiting: body });
            self.make_room(id);
        }
    }

    /// An attempt has failed by its own account.
    pub(super) fn failed(&mut self, id: InvocationId, error: ErrorMessage) {
        // A test looks for journals that differ from the current code, so it reports them at once.
        let is_divergence =
            self.machine.services.is_under_test() && error.code == u32::from(JOURNAL_MISMATCH);
        let behavior = if is_divergence { ErrorBehavior::Fail } else { error.behavior() };
        let delay = error.next_retry_delay.map(Duration::from_millis);
        let failure = failure(error.code, error.message);
        match behavior {
            ErrorBehavior::Fail => self.complete(id, &OutputResult::Failure(failure)),
            ErrorBehavior::Pause => self.pause(id, failure.message),
            ErrorBehavior::Retry => self.retry(id, failure, delay),
        }
    }

    /// An attempt is over. Unless it has said how, which came before, it was lost.
    pub(super) fn ended(&mut self, id: InvocationId, attempt: u64) {
        if self.attempt_under_way(id, attempt).is_some() {
            let message = "the attempt was lost: it panicked or was stopped";
            self.retry(id, failure(500, message.into()), None);
        }
    }

    /// Stops an attempt that broke a rule, and counts it as failed.
    pub(super) fn give_up(&mut self, id: InvocationId, error: String) {
        self.stop_attempt(id);
        self.retry(id, failure(500, error), None);
    }

    /// Has the driver end the attempt of an invocation, if one is under way. What it sends until
    /// then is not read, as its number is not that of the attempt under way any more.
    pub(super) fn stop_attempt(&mut self, id: InvocationId) {
        let attempt = self.known(id).and_then(|invocation| Some(invocation.running()?.number()));
        if let Some(attempt) = attempt {
            self.act(Action::Stop { attempt });
        }
    }

    fn retry(&mut self, id: InvocationId, failure: Failure, delay: Option<Duration>) {
        let Some(invocation) = self.machine.invocations.get_mut(&id) else {
            debug_assert!(false, "{id} is not in memory, but an attempt of it has failed");
            return;
        };
        let failures = invocation.progress.failed(&failure.message);
        let settings = self.machine.services.settings(&invocation.target);
        let policy = match settings.retries.delay(failures) {
            Ok(policy) => policy,
            Err(OnMaxAttempts::Pause) => return self.pause(id, failure.message),
            Err(OnMaxAttempts::Kill) => {
                return self.complete(id, &OutputResult::Failure(failure));
            }
        };
        let delay = millis(delay.unwrap_or(policy));
        if self.machine.draining {
            // The next process tries it at once, as it does with everything that is ready.
            self.machine.timers.clear_alarm(invocation);
            invocation.status = Status::Queued;
        } else {
            invocation.status = Status::BackingOff;
            self.machine.timers.set_alarm(invocation, self.now.saturating_add(delay));
        }
        self.report(id, Event::Retrying { error: failure.message, delay });
    }

    /// Keeps an invocation without trying it again, until it is resumed by hand.
    pub(super) fn pause(&mut self, id: InvocationId, error: String) {
        let Some(invocation) = self.machine.invocations.get_mut(&id) else {
            debug_assert!(false, "{id} is not in memory");
            return;
        };
        self.machine.timers.clear_alarm(invocation);
        invocation.status = Status::Paused;
        invocation.progress.paused(&error);
        self.write(Write::Pause { id, error: error.clone() });
        self.report(id, Event::Paused { error });
        self.make_room(id);
    }
}

fn failure(code: u32, message: String) -> Failure {
    Failure { code, message, metadata: Vec::new() }
}

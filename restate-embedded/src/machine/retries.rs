use std::time::Duration;

use bytes::Bytes;
use restate_core::{
    OnMaxAttempts,
    wire::protocol::{ErrorBehavior, ErrorMessage, Failure, NotificationId, OutputResult},
};

use super::{
    Machine,
    effects::{Action, Event},
    invocation::{Invocation, Status},
    timers,
};
use crate::{id::InvocationId, store::Write};

/// The protocol's code for a handler that departs from its journal.
const JOURNAL_MISMATCH: u32 = 570;

impl Machine {
    /// An attempt has suspended, with this body of its last message.
    pub(super) fn suspend(&mut self, id: InvocationId, waiting: Vec<NotificationId>, body: Bytes) {
        self.clear_alarm(id);
        let Some(invocation) = self.invocations.get_mut(&id) else { return };
        let Status::Running(attempt) = &mut invocation.status else { return };
        let missed = attempt.missed.take().unwrap_or_default();
        if missed.iter().any(|notification| waiting.contains(notification)) {
            invocation.status = Status::Queued;
            self.attempt(id);
        } else {
            invocation.status = Status::Suspended(waiting);
            self.effects.writes.push(Write::Suspend { id, awaiting: body });
            self.make_room(id);
        }
    }

    /// An attempt has failed by its own account.
    pub(super) fn failed(&mut self, id: InvocationId, error: ErrorMessage) {
        // A journal that today's code departs from is what a rehearsal looks for.
        let is_divergence = self.settings.rehearsal && error.code == JOURNAL_MISMATCH;
        let behavior = if is_divergence { ErrorBehavior::Fail } else { error.behavior() };
        let delay = error.next_retry_delay.map(Duration::from_millis);
        let failure = failure(error.code, error.message);
        match behavior {
            ErrorBehavior::Fail => self.complete(id, &OutputResult::Failure(failure)),
            ErrorBehavior::Pause => self.pause(id, failure.message),
            ErrorBehavior::Retry => self.retry(id, failure, delay),
        }
    }

    /// An attempt is over. If it did not say how, it was lost.
    pub(super) fn ended(&mut self, id: InvocationId, attempt: u64) {
        if self.invocations.get_mut(&id).and_then(|one| one.attempt(attempt)).is_some() {
            let message = "the attempt was lost: it panicked or was stopped";
            self.retry(id, failure(500, message.into()), None);
        }
    }

    /// Ends an attempt that has sent what makes no sense, and counts it as failed.
    pub(super) fn give_up(&mut self, id: InvocationId, error: String) {
        if let Some(Invocation { status: Status::Running(attempt), .. }) = self.invocations.get(&id)
        {
            self.effects.actions.push(Action::Stop { attempt: attempt.number });
            self.retry(id, failure(500, error), None);
        }
    }

    fn retry(&mut self, id: InvocationId, failure: Failure, delay: Option<Duration>) {
        let Some(invocation) = self.invocations.get_mut(&id) else { return };
        invocation.failures += 1;
        invocation.error = Some(failure.message.as_str().into());
        let failures = invocation.failures;
        let policy = match self.settings(id).retries.delay(failures) {
            Ok(policy) => policy,
            Err(OnMaxAttempts::Pause) => return self.pause(id, failure.message),
            Err(OnMaxAttempts::Kill) => {
                return self.complete(id, &OutputResult::Failure(failure));
            }
        };
        let Some(invocation) = self.invocations.get_mut(&id) else { return };
        let delay = timers::millis(delay.unwrap_or(policy));
        if self.draining {
            invocation.status = Status::Queued;
        } else {
            invocation.status = Status::BackingOff;
            self.set_alarm(id, self.now.saturating_add(delay));
        }
        self.report(id, Event::Retrying { error: failure.message, delay });
    }

    pub(super) fn pause(&mut self, id: InvocationId, error: String) {
        self.clear_alarm(id);
        let Some(invocation) = self.invocations.get_mut(&id) else { return };
        invocation.status = Status::Paused;
        invocation.error = Some(error.clone().into());
        self.effects.writes.push(Write::Pause { id, error: error.clone() });
        self.report(id, Event::Paused { error });
        self.make_room(id);
    }

    pub(super) fn report(&mut self, id: InvocationId, event: Event) {
        if let Some(invocation) = self.invocations.get(&id) {
            let target = invocation.target.clone();
            self.effects.actions.push(Action::Report { id, target, event });
        }
    }
}

fn failure(code: u32, message: String) -> Failure {
    Failure { code, message, metadata: Vec::new() }
}

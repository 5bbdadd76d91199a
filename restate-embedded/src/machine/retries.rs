//! How attempts end, other than with the end of their invocation.

use std::{collections::VecDeque, mem, time::Duration};

use bytes::Bytes;
use restate_core::{
    OnMaxAttempts,
    attempt::JOURNAL_MISMATCH,
    wire::protocol::{
        ErrorBehavior, ErrorMessage, Failure, MessageType, NotificationId, OutputResult,
    },
};

use super::{
    activity::PastFailure,
    deployments::jittered,
    effects::{Event, FailedAttempt, InternalAction},
    invocation::Status,
    step::Step,
    timers::millis,
};
use crate::{
    model::{deployment::DeploymentId, id::InvocationId},
    store::{StoredFailure, Write},
};

/// The longest error that is stored, in bytes. Longer ones are cut off after a restart.
const MAX_STORED_ERROR: usize = 16 << 10;

/// How many failed attempts of an invocation are remembered, those before its journal last grew among them.
const REMEMBERED: usize = 10;

/// What the retry policy counts: failures since the journal last grew.
#[derive(Debug)]
pub(super) struct RetryProgress {
    failures: u32,
    /// When the journal last grew.
    at: u64,
    /// Why the last attempt failed.
    last: Option<FailedAttempt>,
    /// Whether the store has to learn of that.
    changed: bool,
    /// The last failed attempts of this process, the oldest first.
    past: VecDeque<PastFailure>,
}

impl RetryProgress {
    /// As it is stored: why the last attempt of an earlier process failed.
    pub(super) fn new(now: u64, stored: Option<Box<StoredFailure>>) -> Self {
        let last = stored.map(|failure| {
            let StoredFailure { error, step, attempt } = *failure;
            FailedAttempt { error, step, attempt }
        });
        let failures = last.as_ref().map_or(0, |failed| failed.attempt);
        Self { failures, at: now, last, changed: false, past: VecDeque::new() }
    }

    /// The journal has grown.
    pub(super) fn made(&mut self, now: u64) {
        self.failures = 0;
        self.at = now;
        self.changed |= self.last.take().is_some();
    }

    fn failed(&mut self, now: u64, error: String, step: Option<String>) -> FailedAttempt {
        self.failures += 1;
        let attempt = self.failures;
        let error = with_place(error, step.as_deref(), attempt);
        let failure = FailedAttempt { error, step, attempt };
        self.last = Some(failure.clone());
        self.changed = true;
        if self.past.len() == REMEMBERED {
            self.past.pop_front();
        }
        self.past.push_back(PastFailure { at: now, failure: failure.clone() });
        failure
    }

    /// The retry policy starts anew: the invocation is resumed by hand.
    pub(super) fn forget_failures(&mut self) {
        self.failures = 0;
        self.changed |= self.last.is_some();
    }

    /// Turns what has changed into a write.
    pub(super) fn flush(&mut self, id: InvocationId, writes: &mut Vec<Write>) {
        if !mem::take(&mut self.changed) {
            return;
        }
        // Forgotten failures do not count after a restart, either.
        let last = self.last.as_ref().filter(|_| self.failures > 0);
        let failure = last.map(|FailedAttempt { error, step, attempt }| {
            let error = error[..error.floor_char_boundary(MAX_STORED_ERROR)].to_owned();
            Box::new(StoredFailure { error, step: step.clone(), attempt: *attempt })
        });
        writes.push(Write::SetFailure { id, failure });
    }

    /// Whether the last step left nothing to be flushed.
    #[cfg(test)]
    pub(super) fn is_flushed(&self) -> bool {
        !self.changed
    }

    pub(super) fn failures(&self) -> u32 {
        self.failures
    }

    /// Why the last attempt failed, unless the journal has grown since.
    pub(super) fn last_failure(&self) -> Option<&FailedAttempt> {
        self.last.as_ref()
    }

    /// The last failed attempts of this process, the oldest first.
    pub(super) fn past_failures(&self) -> impl Iterator<Item = &PastFailure> {
        self.past.iter()
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
        self.trace_attempt_ended(id, None);
        let Some(invocation) = self.machine.invocations.get_mut(&id) else {
            debug_assert!(false, "{id} is not in memory");
            return;
        };
        let Some(attempt) = invocation.running() else {
            debug_assert!(false, "{id} suspends, but does not run");
            return;
        };
        let wakes = attempt.has_missed(&awaited);
        invocation.figures().suspensions.count();
        self.machine.timers.clear_alarm(invocation);
        if wakes {
            // What it waits for is in the journal already. The invocation keeps its slot under its
            // limits, and goes on as if it had received that.
            invocation.set_status(Status::Queued);
            self.attempt(id);
        } else {
            invocation.set_status(Status::Suspended(awaited));
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
        let step = step(&error);
        let failure = failure(error.code, error.message);
        match behavior {
            ErrorBehavior::Fail => self.complete(id, &OutputResult::Failure(failure)),
            ErrorBehavior::Pause => {
                if let Some(failed) = self.count_failure(id, failure.message, step) {
                    self.pause_after(id, failed);
                }
            }
            ErrorBehavior::Retry => self.retry(id, failure, step, delay),
        }
    }

    /// An attempt is over. Unless it has said how, which came before, it was lost.
    pub(super) fn ended(&mut self, id: InvocationId, attempt: u64) {
        if self.attempt_under_way(id, attempt).is_some() {
            let message = "the attempt was lost: it panicked or was stopped";
            self.retry(id, failure(500, message.into()), None, None);
        }
        self.leave_deployment(attempt);
    }

    /// An attempt on a deployment has failed, and not by its own account.
    pub(super) fn lost(&mut self, id: InvocationId, attempt: u64, error: String) {
        if self.attempt_under_way(id, attempt).is_some() {
            let error = self.at_its_place(id, error);
            self.retry(id, failure(500, error), None, None);
        }
    }

    /// Stops an attempt that broke a rule, and counts it as failed.
    pub(super) fn give_up(&mut self, id: InvocationId, error: String) {
        let error = self.at_its_place(id, error);
        self.trace_attempt_ended(id, Some(&error));
        self.stop_attempt(id);
        self.retry(id, failure(500, error), None, None);
    }

    /// Has the driver end the attempt of an invocation, if one is under way. What it sends until
    /// then is not read, as its number is not that of the attempt under way any more.
    pub(super) fn stop_attempt(&mut self, id: InvocationId) {
        let attempt = self.known(id).and_then(|invocation| Some(invocation.running()?.number()));
        if let Some(attempt) = attempt {
            self.act(InternalAction::Stop { attempt });
            self.trace_attempt_ended(id, Some("the attempt was stopped"));
        }
    }

    fn count_failure(
        &mut self,
        id: InvocationId,
        error: String,
        step: Option<String>,
    ) -> Option<FailedAttempt> {
        self.trace_attempt_ended(id, Some(&error));
        let invocation = self.machine.invocations.get_mut(&id);
        debug_assert!(invocation.is_some(), "{id} is not in memory, but an attempt of it failed");
        let invocation = invocation?;
        invocation.figures().failed_attempts.count();
        let failed = invocation.progress.failed(self.now, error, step);
        self.touch(id);
        Some(failed)
    }

    fn retry(
        &mut self,
        id: InvocationId,
        failure: Failure,
        step: Option<String>,
        delay: Option<Duration>,
    ) {
        let Failure { code, message, metadata } = failure;
        let Some(failed) = self.count_failure(id, message, step) else { return };
        let Some(invocation) = self.machine.invocations.get_mut(&id) else { return };
        let settings = self.machine.services.settings_of(invocation);
        let policy = match settings.retries.delay(failed.attempt) {
            Ok(policy) => policy,
            Err(OnMaxAttempts::Pause) => return self.pause_after(id, failed),
            Err(OnMaxAttempts::Kill) => {
                let failure = Failure { code, message: failed.error.clone(), metadata };
                self.report(id, Event::Exhausted { failure: failed });
                return self.complete(id, &OutputResult::Failure(failure));
            }
        };
        let policy = match invocation.deployment {
            None | Some(DeploymentId::IN_PROCESS) => policy,
            Some(_) => jittered(policy, id, failed.attempt),
        };
        let delay = millis(delay.unwrap_or(policy));
        invocation.figures().retries.count();
        if self.machine.draining {
            // The next process tries it at once, as it does with everything that is ready.
            self.machine.timers.clear_alarm(invocation);
            invocation.set_status(Status::Queued);
        } else {
            invocation.set_status(Status::BackingOff);
            self.machine.timers.set_alarm(invocation, self.now.saturating_add(delay));
        }
        self.report(id, Event::Retrying { failure: failed, delay });
    }

    fn pause_after(&mut self, id: InvocationId, failure: FailedAttempt) {
        self.pause(id, failure.error.clone());
        self.report(id, Event::Paused { failure });
    }

    /// Keeps an invocation without trying it again, until it is resumed by hand.
    pub(super) fn pause(&mut self, id: InvocationId, reason: String) {
        let Some(invocation) = self.machine.invocations.get_mut(&id) else {
            debug_assert!(false, "{id} is not in memory");
            return;
        };
        self.machine.timers.clear_alarm(invocation);
        invocation.set_status(Status::Paused);
        self.write(Write::Pause { id, error: reason });
        self.make_room(id);
    }
}

fn failure(code: u32, message: String) -> Failure {
    Failure { code, message, metadata: Vec::new() }
}

/// The command that an error concerns, as people know it.
fn step(error: &ErrorMessage) -> Option<String> {
    let index = error.related_command_index?;
    let ty = u16::try_from(error.related_command_type?).ok().and_then(MessageType::from_id)?;
    let name = error.related_command_name.as_deref().filter(|name| !name.is_empty());
    Some(match (ty, name) {
        (MessageType::RunCommand, Some(name)) => format!("run step `{name}`"),
        (MessageType::RunCommand, None) => {
            format!("run step without a name, command {index}")
        }
        (ty, Some(name)) => format!("command {index} ({ty}) `{name}`"),
        (ty, None) => format!("command {index} ({ty})"),
    })
}

/// The error with the step and the number of the attempt. The handler's own errors have both already; those
/// of the state machine and of the engine have neither.
fn with_place(error: String, step: Option<&str>, attempt: u32) -> String {
    let number = format!("attempt {attempt}]");
    match step {
        _ if error.ends_with(&number) => error,
        Some(step) => format!("{error} [{step}, {number}"),
        None => format!("{error} [{number}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_failures_are_remembered_and_only_those_since_progress_count() {
        let mut progress = RetryProgress::new(1000, None);
        for n in 1..=12 {
            let failed = progress.failed(1000 + n, "no".into(), None);
            assert_eq!(u64::from(failed.attempt), n);
        }
        let past = || progress.past_failures().map(|past| past.at - 1000).collect::<Vec<_>>();
        assert_eq!(past(), (3..=12).collect::<Vec<_>>());
        assert_eq!((progress.failures(), progress.since(1020)), (12, 20));
        progress.made(1030);
        assert_eq!((progress.failures(), progress.since(1035)), (0, 5));
        assert_eq!(progress.last_failure(), None);
        progress.move_back(100);
        assert_eq!(progress.since(935), 5);
        assert_eq!(progress.past_failures().count(), REMEMBERED);
    }

    #[test]
    fn an_error_names_its_step_and_attempt_once() {
        assert_eq!(with_place("no".into(), None, 2), "no [attempt 2]");
        assert_eq!(
            with_place("no".into(), Some("run step `a`"), 2),
            "no [run step `a`, attempt 2]"
        );
        assert_eq!(with_place("no [attempt 2]".into(), Some("run step `a`"), 2), "no [attempt 2]");
    }

    #[test]
    fn a_command_is_named_as_people_know_it() {
        let named = |ty: MessageType, name: &str| {
            step(&ErrorMessage {
                related_command_index: Some(3),
                related_command_type: Some(u32::from(ty.id())),
                related_command_name: Some(name.into()),
                ..ErrorMessage::default()
            })
        };
        assert_eq!(named(MessageType::RunCommand, "pay").as_deref(), Some("run step `pay`"));
        let unnamed = "run step without a name, command 3";
        assert_eq!(named(MessageType::RunCommand, "").as_deref(), Some(unnamed));
        let sleep = "command 3 (SleepCommand)";
        assert_eq!(named(MessageType::SleepCommand, "").as_deref(), Some(sleep));
        let sleep = "command 3 (SleepCommand) `nap`";
        assert_eq!(named(MessageType::SleepCommand, "nap").as_deref(), Some(sleep));
        assert_eq!(step(&ErrorMessage::default()), None);
    }
}

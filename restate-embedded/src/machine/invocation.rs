use std::sync::Arc;

use bytes::Bytes;
use restate_core::wire::{
    framing,
    protocol::{
        MessageType, Notification, NotificationId, NotificationResult, OutputResult,
        ProposeRunCompletion, ProposeRunCompletionAck, ProposedRunResult, VERSION, Value,
    },
};

use super::{
    attempt::ActiveAttempt,
    awaiters::Awaiters,
    effects::{Effects, ExternalAction, InternalAction, Start},
    journal::Tail,
    limits::Slot,
    retries::RetryProgress,
    timers::{Alarm, Sleeps},
};
use crate::{
    model::{
        deployment::DeploymentId,
        figures::{HandlerFigures, Standing, StatusName},
        id::{InvocationId, time_of},
        rules::LimitPath,
        target::Target,
        trace::Trace,
    },
    store::{NOT_STARTED, StoredInvocation, Write},
};

/// An invocation that is not over.
#[derive(Debug)]
pub(super) struct Invocation {
    pub(super) id: InvocationId,
    pub(super) target: Target,
    pub(super) idempotency_key: Option<Arc<str>>,
    pub(super) limit_key: Option<Arc<str>>,
    random_seed: u64,
    /// Changed by [`set_status`](Self::set_status) only, which counts it.
    pub(super) status: Status,
    standing: Standing,
    /// When it arrived, in milliseconds since the Unix epoch.
    pub(super) arrived: u64,
    /// The deployment on which it has started, if it has.
    pub(super) deployment: Option<DeploymentId>,
    /// The version of the service protocol of its attempts, once it has started.
    protocol: Option<u32>,
    /// Whether it is in the queue of its key.
    pub(super) is_queued: bool,
    /// Whether its result is kept for those who may ask later.
    pub(super) retained: bool,
    /// Frame of the input until the first attempt takes it. One that has to wait leaves it on disk.
    pub(super) input: Option<Bytes>,
    pub(super) awaiters: Awaiters,
    pub(super) slot: Slot,
    /// The time of the next retry while it backs off; of the next check for inactivity while it
    /// runs.
    pub(super) alarm: Alarm,
    /// Its sleeps that have not ended.
    pub(super) sleeps: Sleeps,
    pub(super) progress: RetryProgress,
    /// The trace that it belongs to, if that is recorded.
    pub(super) trace: Option<Box<Trace>>,
    tail: Tail,
}

/// What an invocation is doing.
#[derive(Debug)]
pub(super) enum Status {
    /// It waits for the time it was scheduled for.
    Scheduled,
    /// It waits for its key. In an engine that drains, it may have the key and waits for the next
    /// start of the engine.
    Queued,
    /// It waits until its limits let it run.
    HeldBack,
    /// It waits until its deployment has room for an attempt.
    AwaitsDeployment,
    /// It waits for a service that no deployment has.
    Unbound,
    /// An attempt is under way.
    Running(Box<ActiveAttempt>),
    /// An attempt failed; the next one starts at the alarm.
    BackingOff,
    /// It waits for one of these notifications.
    Suspended(Vec<NotificationId>),
    /// It waits to be resumed by hand.
    Paused,
}

impl Status {
    /// Its name for people.
    pub(super) fn name(&self) -> StatusName {
        match self {
            Self::Scheduled => StatusName::Scheduled,
            Self::Queued => StatusName::Pending,
            Self::HeldBack | Self::AwaitsDeployment => StatusName::HeldBack,
            Self::Unbound => StatusName::Unbound,
            Self::Running(_) => StatusName::Running,
            Self::BackingOff => StatusName::BackingOff,
            Self::Suspended(_) => StatusName::Suspended,
            Self::Paused => StatusName::Paused,
        }
    }
}

impl Invocation {
    /// An invocation as it is read from the store.
    pub(super) fn from_stored(
        stored: StoredInvocation,
        status: Status,
        now: u64,
        figures: Arc<HandlerFigures>,
    ) -> Self {
        // Of those that have started in a process, only the journal tells.
        let protocol = stored.journal_protocol().filter(|_| stored.parts > 0).or(stored.protocol);
        let protocol = protocol.filter(|it| *it != NOT_STARTED);
        let in_process = protocol.map(|_| DeploymentId::IN_PROCESS);
        Self {
            id: stored.id,
            target: stored.target,
            idempotency_key: stored.idempotency_key,
            limit_key: stored.limit_key,
            random_seed: stored.random_seed.unwrap_or_else(|| stored.id.random_seed()),
            standing: Standing::new(figures, status.name()),
            status,
            arrived: time_of(stored.arrived),
            deployment: stored.deployment.or(in_process),
            protocol,
            is_queued: false,
            retained: stored.retained,
            input: None,
            awaiters: Awaiters::from_stored(stored.caller, stored.awaiters),
            slot: Slot::default(),
            alarm: Alarm::default(),
            sleeps: Sleeps::default(),
            progress: RetryProgress::new(now, stored.failure),
            trace: stored.trace,
            tail: Tail::new(stored.parts, stored.journal_bytes),
        }
    }

    /// Changes what it is doing.
    pub(super) fn set_status(&mut self, status: Status) {
        self.standing.change(status.name());
        self.status = status;
    }

    /// Counts its end, at `now`.
    pub(super) fn count_end(&self, result: &OutputResult, now: u64) {
        let figures = self.figures();
        if let OutputResult::Failure(_) = result {
            figures.failed.count();
        }
        figures.duration.observe(now.saturating_sub(self.arrived));
    }

    /// What is counted for its handler.
    pub(super) fn figures(&self) -> &HandlerFigures {
        self.standing.figures()
    }

    /// The status that it is counted under.
    #[cfg(test)]
    pub(super) fn counted_as(&self) -> StatusName {
        self.standing.status()
    }

    /// Whether it is the `run` of a workflow, of which a key has one: it has the empty idempotency
    /// key, which no caller can give.
    pub(super) fn is_workflow_run(&self) -> bool {
        self.idempotency_key.as_deref() == Some("")
    }

    /// Where it counts while it runs, if it was called in a scope.
    pub(super) fn limit_path(&self) -> Option<LimitPath> {
        Some(LimitPath::new(self.target.scope.clone()?, self.limit_key.clone()))
    }

    /// The attempt under way.
    pub(super) fn running(&mut self) -> Option<&mut ActiveAttempt> {
        match &mut self.status {
            Status::Running(attempt) => Some(attempt),
            _ => None,
        }
    }

    /// Whether no attempt of it was ever made, and its journal holds nothing but the input.
    pub(super) fn is_untouched(&self) -> bool {
        let waiting = matches!(
            self.status,
            Status::Scheduled
                | Status::Queued
                | Status::HeldBack
                | Status::AwaitsDeployment
                | Status::Unbound
        );
        waiting && self.tail.is_input_only()
    }

    /// The version of the service protocol that its journal is written in. Its input can be read in any.
    pub(super) fn journal_protocol(&self) -> Option<u32> {
        self.protocol.filter(|_| !self.tail.is_input_only())
    }

    /// Has its attempts take place on this deployment, in this version of the service protocol. Returns
    /// whether the store has to learn of that.
    pub(super) fn pin(&mut self, deployment: DeploymentId, protocol: u32) -> bool {
        // This is what a journal without a row for it tells.
        let untold = |pin: &(DeploymentId, u32)| *pin != (DeploymentId::IN_PROCESS, VERSION);
        let is_marked = self.protocol.is_none() && !self.tail.is_input_only();
        let before = self.deployment.zip(self.protocol).filter(untold);
        (self.deployment, self.protocol) = (Some(deployment), Some(protocol));
        is_marked || before != Some((deployment, protocol)).filter(untold)
    }

    /// Whether it has not started, and its journal holds nothing but the input: what comes now has to be
    /// marked as no attempt's, with [`NOT_STARTED`].
    pub(super) fn is_unmarked(&self) -> bool {
        self.protocol.is_none() && self.tail.is_input_only()
    }

    /// As [`pin`](Self::pin), for one whose journal is written in this version.
    pub(super) fn written_in(&mut self, protocol: u32) {
        self.protocol = Some(protocol);
    }

    /// Whether a part of its journal is stored.
    pub(super) fn has_journal(&self) -> bool {
        self.tail.parts() > 0
    }

    /// The length of its journal, in bytes, without its input.
    pub(super) fn journal_bytes(&self) -> u64 {
        self.tail.bytes()
    }

    /// Adds a command to the journal.
    pub(super) fn append_command(&mut self, frame: &Bytes, now: u64) {
        self.tail.push_command(frame);
        self.progress.made(now);
    }

    /// Adds the result of a `run` closure to the journal, and acknowledges it if that is asked for.
    ///
    /// # Errors
    ///
    /// How many bytes the journal would have, if that is more than `limit`.
    pub(super) fn append_run(
        &mut self,
        run: ProposeRunCompletion,
        ack: bool,
        now: u64,
        limit: u64,
    ) -> Result<(), u64> {
        let about = NotificationId::CompletionId(run.result_completion_id);
        let result = run.result.map(|result| match result {
            ProposedRunResult::Value(bytes) => NotificationResult::Value(Value::from(bytes)),
            ProposedRunResult::Failure(failure) => NotificationResult::Failure(failure),
        });
        let completion = Notification { id: Some(about.clone()), result };
        let frame = self.tail.push_notification(MessageType::RunCompletion, &completion, limit)?;
        if let Status::Running(attempt) = &mut self.status {
            attempt.deliver(Some(&about), now, |outbox| {
                if ack {
                    let completion_id = run.result_completion_id;
                    framing::encode(&ProposeRunCompletionAck { completion_id }, outbox);
                } else {
                    outbox.extend_from_slice(frame);
                }
            });
        }
        self.progress.made(now);
        Ok(())
    }

    /// Adds a notification to the journal, and delivers it to an attempt that runs. True if the
    /// invocation is suspended and waits for it.
    ///
    /// # Errors
    ///
    /// How many bytes the journal would have, if that is more than `limit`.
    pub(super) fn notify(
        &mut self,
        ty: MessageType,
        notification: &Notification,
        now: u64,
        limit: u64,
    ) -> Result<bool, u64> {
        let frame = self.tail.push_notification(ty, notification, limit)?;
        let about = notification.id.as_ref();
        Ok(match &mut self.status {
            Status::Running(attempt) => {
                attempt.deliver(about, now, |outbox| outbox.extend_from_slice(frame));
                false
            }
            Status::Suspended(awaited) => about.is_some_and(|about| awaited.contains(about)),
            // It finds the notification in the journal when it starts.
            _ => false,
        })
    }

    /// Turns the journal entries of this step into a write.
    pub(super) fn store_tail(&mut self, writes: &mut Vec<Write>) {
        self.tail.flush(self.id, writes);
    }

    /// Turns what the step left here into effects: its journal entries, what its attempt receives,
    /// or the start of that attempt.
    pub(super) fn flush(&mut self, now: u64, effects: &mut Effects) {
        self.store_tail(&mut effects.writes);
        self.progress.flush(self.id, &mut effects.writes);
        let Status::Running(attempt) = &mut self.status else { return };
        if attempt.take_start() {
            effects.internal.push(InternalAction::Start(Box::new(Start {
                id: self.id,
                attempt: attempt.number(),
                target: self.target.clone(),
                idempotency_key: self.idempotency_key.clone().filter(|key| !key.is_empty()),
                limit_key: self.limit_key.clone(),
                parts: self.tail.parts(),
                journal_bytes: self.tail.bytes(),
                input: self.input.take(),
                random_seed: self.random_seed,
                failures: self.progress.failures(),
                since_progress: self.progress.since(now),
                begins_durably: attempt.begins_durably(),
                deployment: attempt.deployment(),
                protocol: self.protocol.unwrap_or(VERSION),
            })));
            if attempt.begins_durably() {
                let attempt = attempt.number();
                effects.external.push(ExternalAction::Begin { attempt });
            }
        }
        attempt.flush(effects);
    }

    /// The clock was set back: what is measured from now on keeps its length.
    pub(super) fn move_back(&mut self, back: u64) {
        self.progress.move_back(back);
        if let Status::Running(attempt) = &mut self.status {
            attempt.move_back(back);
        }
    }

    /// Whether the last step left nothing to be flushed.
    #[cfg(test)]
    pub(super) fn is_flushed(&self) -> bool {
        let attempt = match &self.status {
            Status::Running(attempt) => attempt.is_flushed(),
            _ => true,
        };
        attempt && self.tail.is_flushed() && self.progress.is_flushed()
    }
}

//! How invocations are created, start, and complete.

use std::sync::Arc;

use restate_core::{
    Encoding,
    contract::HandlerKind,
    wire::protocol::{
        Failure, MessageType, Notification, NotificationId, NotificationResult, OutputResult,
        VERSION,
    },
};

use super::{
    attempt::ActiveAttempt,
    deadlock,
    effects::{AcceptedAs, Event, Reply, WaitsFor},
    input::{InvocationRef, Invoke, Origin, Request},
    invocation::{Invocation, Status},
    operations::Found,
    step::Step,
    timers::millis,
};
use crate::{
    model::{deployment::DeploymentId, figures::HandlerFigures, id::InvocationId},
    store::{
        AwaitingEntry, Caller, JournalFate, Phase, StoreError, StoredInvocation, Timer, TimerKind,
        Traces, Write,
    },
};

impl Step<'_> {
    /// Creates an invocation, unless one exists with the same idempotency key, or of the same
    /// workflow.
    pub(super) fn invoke(&mut self, invoke: Invoke) -> Result<(), StoreError> {
        let Request { target, idempotency_key, .. } = &invoke.request;
        let (kind, figures) = self.machine.services.catalog().counted(target);
        let figures = Arc::clone(figures);
        let existing = match (kind, idempotency_key) {
            (Some(HandlerKind::Run), _) => InvocationRef::Workflow(target.object()),
            (_, Some(key)) => InvocationRef::Idempotent(target.clone(), key.clone()),
            (_, None) => return self.create(invoke, kind, figures),
        };
        match self.find(&existing)? {
            Found::Missing => self.create(invoke, kind, figures)?,
            Found::InMemory(id) => self.invoked_again(id, invoke.origin),
            Found::Completed(completed) => self.invoked_after_end(completed, invoke.origin),
        }
        Ok(())
    }

    /// Creates an invocation of a handler of this kind, if it is known.
    fn create(
        &mut self,
        Invoke { request, origin }: Invoke,
        kind: Option<HandlerKind>,
        figures: Arc<HandlerFigures>,
    ) -> Result<(), StoreError> {
        figures.created.count();
        let Request { target, idempotency_key, limit_key, mut input, due } = request;
        let idempotency_key = match kind {
            Some(HandlerKind::Run) => Some("".into()),
            _ => idempotency_key,
        };
        let id = self.machine.ids.next_id(self.now);
        let sent = matches!(origin, Origin::Send(_) | Origin::HandlerSend { .. });
        let scheduled = due > self.now;
        let trace = self.begin_trace(id, origin, &mut input);
        if let Some(trace) = &trace {
            self.trace_sent(id, &target, trace);
        }
        let stored = StoredInvocation {
            retained: sent || idempotency_key.is_some() || self.machine.services.retains_calls(),
            idempotency_key,
            limit_key,
            caller: match origin {
                Origin::HandlerCall { caller, .. } => Some(caller),
                _ => None,
            },
            phase: if scheduled { Phase::Scheduled } else { Phase::Ready },
            trace,
            ..StoredInvocation::new(id, target)
        };
        self.write(Write::Create { invocation: Box::new(stored.clone()), input: input.clone() });
        if scheduled {
            self.add_timer(Timer { due, id, kind: TimerKind::Release });
            // Until then it is on disk only, unless a client waits for it.
            if matches!(origin, Origin::Call(_)) {
                self.admit_counted(stored, Status::Scheduled, figures);
            }
            self.accept(id, origin, AcceptedAs::At(due));
            return Ok(());
        }
        self.admit_counted(stored, Status::Queued, figures);
        if let Some(invocation) = self.known(id) {
            invocation.input = Some(input);
        }
        // A caller that asked for a delay is told when it ended, even if it had passed by now.
        let acceptance = if due > 0 { AcceptedAs::At(due) } else { AcceptedAs::Now };
        self.accept(id, origin, acceptance);
        self.start(id)
    }

    /// Tells the caller that the invocation exists.
    pub(super) fn accept(&mut self, id: InvocationId, origin: Origin, acceptance: AcceptedAs) {
        match origin {
            // It waits for the result only.
            Origin::Call(waiter) => {
                if let Some(invocation) = self.known(id) {
                    invocation.awaiters.add_client(waiter);
                }
            }
            Origin::Send(waiter) => self.reply(waiter, Reply::Accepted { id, acceptance }),
            Origin::HandlerCall { caller: Caller { id: caller, .. }, id_completion }
            | Origin::HandlerSend { caller, id_completion } => {
                let notification = Notification {
                    id: Some(NotificationId::CompletionId(id_completion)),
                    result: Some(NotificationResult::InvocationId(id.to_string())),
                };
                self.notify(caller, MessageType::CallInvocationIdCompletion, &notification);
            }
        }
    }

    /// Takes a stored invocation into memory.
    pub(super) fn admit(&mut self, stored: StoredInvocation, status: Status) {
        let figures = Arc::clone(self.machine.services.catalog().figures(&stored.target));
        self.admit_counted(stored, status, figures);
    }

    fn admit_counted(
        &mut self,
        stored: StoredInvocation,
        status: Status,
        figures: Arc<HandlerFigures>,
    ) {
        let id = stored.id;
        let invocation = Invocation::from_stored(stored, status, self.now, figures);
        let before = self.machine.invocations.insert(id, invocation);
        debug_assert!(before.is_none(), "{id} is in memory already");
    }

    /// Starts a ready invocation, as soon as it has its key.
    pub(super) fn start(&mut self, id: InvocationId) -> Result<(), StoreError> {
        let Some(invocation) = self.machine.invocations.get_mut(&id) else {
            debug_assert!(false, "{id} is not in memory");
            return Ok(());
        };
        let is_run = self.machine.services.kind_of(invocation) == Some(HandlerKind::Run);
        if is_run && !invocation.is_workflow_run() {
            return self.adopt(id);
        }
        if self.join_queue(id) {
            self.attempt(id);
        } else if let Some(invocation) = self.known(id) {
            invocation.input = None;
            invocation.set_status(Status::Queued);
            if let Some(holder) = deadlock::closed_by_key(self.machine, id) {
                self.report_cycle(id, holder, WaitsFor::Key);
            }
        }
        Ok(())
    }

    /// Makes an invocation the one run of its workflow, unless that has one.
    ///
    /// It was invoked before the workflow was bound, when nothing was known of its handler: there
    /// may be several such invocations under one key.
    fn adopt(&mut self, id: InvocationId) -> Result<(), StoreError> {
        let Some(invocation) = self.known(id) else { return Ok(()) };
        invocation.input = None;
        invocation.set_status(Status::Queued);
        let workflow = InvocationRef::Workflow(invocation.target.object());
        match self.find(&workflow)? {
            Found::Missing => {
                if let Some(invocation) = self.known(id) {
                    invocation.idempotency_key = Some("".into());
                    invocation.retained = true;
                }
                self.write(Write::Adopt { id });
                self.attempt(id);
            }
            Found::InMemory(_) | Found::Completed(_) => self.refuse_adoption(id),
        }
        Ok(())
    }

    /// Joins the queue of the key, if the handler is exclusive. True if nothing is in the way of an
    /// attempt.
    pub(super) fn join_queue(&mut self, id: InvocationId) -> bool {
        let Some(invocation) = self.machine.invocations.get_mut(&id) else {
            debug_assert!(false, "{id} is not in memory");
            return false;
        };
        if invocation.is_queued {
            return self.machine.queues.holder(&invocation.target.object()) == Some(id);
        }
        if self.machine.services.kind_of(invocation) != Some(HandlerKind::Exclusive) {
            return true;
        }
        invocation.is_queued = true;
        self.machine.queues.join(invocation.target.object(), id)
    }

    /// Starts an attempt of an invocation that has its key, if its limits let it run.
    pub(super) fn attempt(&mut self, id: InvocationId) {
        let Some(invocation) = self.machine.invocations.get_mut(&id) else {
            debug_assert!(false, "{id} is not in memory");
            return;
        };
        debug_assert!(invocation.running().is_none(), "{id} has an attempt under way");
        let Some(deployment) = self.machine.services.route(invocation) else {
            invocation.input = None;
            invocation.set_status(Status::Unbound);
            let deployment = invocation.deployment;
            self.make_room(id);
            return self.report(id, Event::Unbound { deployment });
        };
        if self.machine.draining {
            invocation.set_status(Status::Queued);
            return;
        }
        if let Some(path) = invocation.limit_path()
            && !invocation.slot.is_taken()
            && !self.machine.limits.enter(&path, id, &mut invocation.slot)
        {
            invocation.input = None;
            invocation.set_status(Status::HeldBack);
            return self.make_way_within_limits(id);
        }
        if deployment != DeploymentId::IN_PROCESS {
            return self.attempt_on(deployment, id);
        }
        let protocol = invocation.journal_protocol().unwrap_or(VERSION);
        let is_news = invocation.pin(deployment, protocol);
        self.machine.attempts += 1;
        let settings = self.machine.services.settings_of(invocation);
        let number = self.machine.attempts;
        let attempt = ActiveAttempt::new(number, self.now, settings.durable_start);
        invocation.set_status(Status::Running(Box::new(attempt)));
        let due = self.now.saturating_add(millis(settings.inactivity_timeout));
        self.machine.timers.set_alarm(invocation, due);
        if is_news {
            self.write(Write::Pin { id, deployment, protocol });
        }
        self.touch(id);
        self.trace_attempt(id, number);
    }

    /// An invocation does not run any more: others may.
    pub(super) fn make_room(&mut self, id: InvocationId) {
        let Some(invocation) = self.machine.invocations.get_mut(&id) else {
            debug_assert!(false, "{id} is not in memory");
            return;
        };
        if let Some(path) = invocation.limit_path() {
            let started = self.machine.limits.leave(&path, &mut invocation.slot);
            self.run(started);
        }
    }

    /// Starts invocations that limits have let run.
    pub(super) fn run(&mut self, started: Vec<InvocationId>) {
        for id in started {
            if let Some(invocation) = self.known(id) {
                invocation.slot.take();
                self.attempt(id);
            }
        }
    }

    /// Ends an invocation with a result that its handler has not encoded, such as a failure.
    pub(super) fn complete(&mut self, id: InvocationId, result: &OutputResult) {
        self.complete_in(id, result, None);
    }

    /// Ends an invocation with its result, whose value has this encoding.
    pub(super) fn complete_in(
        &mut self,
        id: InvocationId,
        result: &OutputResult,
        encoding: Option<Encoding>,
    ) {
        let Some(mut invocation) = self.machine.invocations.remove(&id) else {
            debug_assert!(false, "{id} is completed, and was not in memory");
            return;
        };
        self.machine.timers.clear_alarm(&mut invocation);
        invocation.count_end(result, self.now);
        self.trace_end(&mut invocation, result);
        self.store_end(&mut invocation, result, encoding);
        let (clients, callers) = invocation.awaiters.take();
        for client in clients {
            let (target, result) = (invocation.target.clone(), result.clone());
            self.reply(client, Reply::Result { id, target, result, encoding });
        }
        for caller in callers {
            self.return_to(caller, result.clone());
        }
        self.forget_sleeps(&mut invocation);
        self.release_key(&invocation);
        self.leave_limits(&mut invocation);
    }

    /// Stores the result of an invocation and its journal for as long as they are retained; removes
    /// the invocation if its result is not.
    fn store_end(
        &mut self,
        invocation: &mut Invocation,
        result: &OutputResult,
        encoding: Option<Encoding>,
    ) {
        let id = invocation.id;
        let awaiters = invocation.awaiters.has_rows();
        if !invocation.retained {
            let traces = Traces { journal: invocation.has_journal(), awaiters };
            return self.write(Write::Remove { id, traces });
        }
        let settings = self.machine.services.settings_of(invocation);
        let kept = millis(settings.retention);
        let kept_journal = millis(settings.journal_retention);
        let journal = if kept_journal > 0 {
            invocation.store_tail(self.writes());
            JournalFate::Kept
        } else {
            JournalFate::Removed
        };
        let traces = Traces { journal: invocation.has_journal(), awaiters };
        let (result, at) = (result.clone(), self.now);
        self.write(Write::Complete { id, result, encoding, at, journal, traces });
        let due = self.now.saturating_add(kept);
        self.add_timer(Timer { due, id, kind: TimerKind::Expire });
        if kept_journal > 0 && kept_journal < kept {
            let due = self.now.saturating_add(kept_journal);
            self.add_timer(Timer { due, id, kind: TimerKind::ForgetJournal });
        }
    }

    /// Ends an invocation that was cancelled before it started.
    pub(super) fn complete_cancelled(&mut self, id: InvocationId) {
        let failure = Failure { code: 409, message: "cancelled".into(), metadata: Vec::new() };
        self.complete(id, &OutputResult::Failure(failure));
    }

    /// Delivers a result to a journal entry that waits for it.
    pub(super) fn return_to(&mut self, caller: Caller, result: OutputResult) {
        let ty = match caller.entry {
            AwaitingEntry::Call => MessageType::CallCompletion,
            AwaitingEntry::Attach => MessageType::AttachInvocationCompletion,
            AwaitingEntry::Promise => MessageType::GetPromiseCompletion,
        };
        let notification = Notification {
            id: Some(NotificationId::CompletionId(caller.completion)),
            result: Some(result.into()),
        };
        self.notify(caller.id, ty, &notification);
    }

    /// Gives the key of an invocation that is over to the next one.
    fn release_key(&mut self, invocation: &Invocation) {
        if invocation.is_queued
            && let Some(next) =
                self.machine.queues.leave(&invocation.target.object(), invocation.id)
        {
            self.attempt(next);
        }
    }

    /// An invocation is over, whether it ran or waited: others may run.
    fn leave_limits(&mut self, invocation: &mut Invocation) {
        let Some(path) = invocation.limit_path() else { return };
        let started = if invocation.slot.is_taken() {
            self.machine.limits.leave(&path, &mut invocation.slot)
        } else {
            self.machine.limits.forget(&path, &mut invocation.slot)
        };
        self.run(started);
    }
}

use restate_core::{
    contract::HandlerKind,
    wire::protocol::{
        Failure, MessageType, Notification, NotificationId, NotificationResult, OutputResult,
    },
};

use super::{
    Machine,
    effects::{Acceptance, Action, Event, Question, Reply},
    input::{Invoke, Operation, Origin, Query, Request, Subject},
    invocation::{Attempt, Invocation, Status},
    journal,
    timers::millis,
};
use crate::{
    id::InvocationId,
    store::{
        AwaitingEntry, Caller, JournalFate, Phase, StoredInvocation, Timer, TimerKind, Traces,
        Write,
    },
};

impl Machine {
    /// Creates an invocation, or finds out first whether it exists.
    pub(super) fn invoke(&mut self, invoke: Invoke, reading: Option<InvocationId>) {
        let Request { target, idempotency_key, .. } = &invoke.request;
        let subject = match (self.catalog.kind(target), idempotency_key) {
            (Some(HandlerKind::Run), _) => Subject::Workflow(target.object()),
            (_, Some(key)) => Subject::Idempotent(target.clone(), key.clone()),
            (_, None) => return self.create(invoke),
        };
        let query = Query { subject, operation: Operation::Invoke(invoke), reading };
        self.effects.questions.push(Question::Find(Box::new(query)));
    }

    /// Creates an invocation.
    pub(super) fn create(&mut self, Invoke { request, origin }: Invoke) {
        let Request { target, idempotency_key, limit_key, input, due } = request;
        let idempotency_key = match self.catalog.kind(&target) {
            Some(HandlerKind::Run) => Some("".into()),
            _ => idempotency_key,
        };
        let id = self.ids.next_id(self.now);
        let sent = matches!(origin, Origin::Send(_) | Origin::HandlerSend { .. });
        let scheduled = due > self.now;
        let stored = StoredInvocation {
            retained: sent || idempotency_key.is_some() || self.settings.rehearsal,
            idempotency_key,
            limit_key,
            caller: match origin {
                Origin::HandlerCall { caller, .. } => Some(caller),
                _ => None,
            },
            phase: if scheduled { Phase::Scheduled } else { Phase::Ready },
            ..StoredInvocation::new(id, target)
        };
        let write = Write::Create { invocation: Box::new(stored.clone()), input: input.clone() };
        self.effects.writes.push(write);
        if scheduled {
            self.add_timer(Timer { due, id, kind: TimerKind::Release });
        }
        if scheduled {
            // Until then it lives on disk, unless somebody waits for it.
            if matches!(origin, Origin::Call(_)) {
                self.admit(stored, Status::Scheduled);
            }
            self.accept(id, origin, Acceptance::At(due));
            return;
        }
        self.admit(stored, Status::Queued);
        if let Some(invocation) = self.invocations.get_mut(&id) {
            invocation.input = Some(input);
        }
        // Who asked for a delay is told when it ended, also if that has passed by now.
        let acceptance = if due > 0 { Acceptance::At(due) } else { Acceptance::Now };
        self.accept(id, origin, acceptance);
        self.start(id);
    }

    /// Tells whoever invoked that the invocation exists.
    pub(super) fn accept(&mut self, id: InvocationId, origin: Origin, acceptance: Acceptance) {
        match origin {
            Origin::Call(waiter) => {
                if let Some(invocation) = self.invocations.get_mut(&id) {
                    invocation.waiters.push(waiter);
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
        let id = stored.id;
        self.invocations.insert(id, Invocation::from_stored(stored, status, self.now));
    }

    /// Starts a ready invocation, as soon as it has its key.
    pub(super) fn start(&mut self, id: InvocationId) {
        if let Some(invocation) = self.invocations.get_mut(&id)
            && self.catalog.kind(&invocation.target) == Some(HandlerKind::Run)
            && !invocation.is_workflow_run()
        {
            // Invoked before it was known what it is: there may be several of them.
            invocation.input = None;
            invocation.status = Status::Queued;
            let subject = Subject::Workflow(invocation.target.object());
            let query = Query { subject, operation: Operation::Adopt(id), reading: None };
            self.effects.questions.push(Question::Find(Box::new(query)));
        } else if self.join_queue(id) {
            self.attempt(id);
        } else if let Some(invocation) = self.invocations.get_mut(&id) {
            // Those that wait do so on disk.
            invocation.input = None;
            invocation.status = Status::Queued;
            self.report_circle(id);
        }
    }

    /// Queues up for the key, if the handler needs it to itself. True if the way is free.
    pub(super) fn join_queue(&mut self, id: InvocationId) -> bool {
        let Some(invocation) = self.invocations.get(&id) else { return false };
        if self.catalog.kind(&invocation.target) != Some(HandlerKind::Exclusive) {
            return true;
        }
        let queue = self.queues.entry(invocation.target.object()).or_default();
        queue.push_back(id);
        queue.len() == 1
    }

    /// Starts an attempt.
    pub(super) fn attempt(&mut self, id: InvocationId) {
        let Some(invocation) = self.invocations.get_mut(&id) else { return };
        if self.catalog.kind(&invocation.target).is_none() {
            invocation.input = None;
            invocation.status = Status::Unbound;
            let target = invocation.target.clone();
            self.effects.actions.push(Action::Report { id, target, event: Event::Unbound });
            return;
        }
        if self.draining {
            invocation.status = Status::Queued;
            return;
        }
        if !self.may_run(id) {
            return;
        }
        let Some(invocation) = self.invocations.get_mut(&id) else { return };
        self.attempts += 1;
        invocation.status = Status::Running(Box::new(Attempt::new(self.attempts, self.now)));
        self.touch(id);
        let inactivity = millis(self.settings(id).inactivity_timeout);
        self.set_alarm(id, self.now.saturating_add(inactivity));
    }

    /// Ends an invocation with its result.
    pub(super) fn complete(&mut self, id: InvocationId, result: &OutputResult) {
        self.clear_alarm(id);
        let Some(mut invocation) = self.invocations.remove(&id) else { return };
        if invocation.retained && self.journal_is_kept(&invocation) {
            journal::store_tail(&mut invocation, &mut self.effects);
        }
        let traces = Traces { journal: invocation.parts > 0, awaiters: invocation.awaited };
        if invocation.retained {
            self.retain(&invocation, result.clone(), traces);
        } else {
            self.effects.writes.push(Write::Remove { id, traces });
        }
        for waiter in invocation.waiters.drain(..) {
            self.reply(waiter, Reply::Result { id, result: result.clone() });
        }
        for caller in invocation.callers.drain(..) {
            self.return_to(caller, result.clone());
        }
        self.forget_sleeps(&mut invocation);
        self.release_key(&invocation);
        self.leave_limits(&invocation);
    }

    fn journal_is_kept(&self, invocation: &Invocation) -> bool {
        !self.settings_of(&invocation.target).journal_retention.is_zero()
    }

    /// Keeps the result of an invocation, and its journal, for as long as is set.
    fn retain(&mut self, invocation: &Invocation, result: OutputResult, traces: Traces) {
        let (id, settings) = (invocation.id, self.settings_of(&invocation.target));
        let kept = millis(settings.retention);
        let kept_journal = millis(settings.journal_retention);
        let journal = if kept_journal > 0 { JournalFate::Kept } else { JournalFate::Removed };
        self.effects.writes.push(Write::Complete { id, result, at: self.now, journal, traces });
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

    /// Hands a result to a journal entry that waits for it.
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

    /// Lets the next one have the key.
    fn release_key(&mut self, invocation: &Invocation) {
        if self.catalog.kind(&invocation.target) != Some(HandlerKind::Exclusive) {
            return;
        }
        let object = invocation.target.object();
        let Some(queue) = self.queues.get_mut(&object) else { return };
        if queue.front() != Some(&invocation.id) {
            queue.retain(|waiting| *waiting != invocation.id);
            return;
        }
        queue.pop_front();
        match queue.front().copied() {
            None => drop(self.queues.remove(&object)),
            Some(next) => self.attempt(next),
        }
    }

    pub(super) fn reply(&mut self, to: super::Waiter, reply: Reply) {
        self.effects.actions.push(Action::Reply { to, reply });
    }
}

use std::{collections::BTreeSet, time::Duration};

use restate_core::wire::protocol::{
    MessageType, Notification, NotificationId, NotificationResult, Void,
};

use super::{
    Machine,
    effects::Question,
    input::{Operation, Query, Subject},
    invocation::{Invocation, Status},
    journal,
};
use crate::{
    id::InvocationId,
    store::{Timer, TimerKind, Write},
};

/// How far ahead stored timers are kept in memory, in milliseconds.
const SPAN: u64 = 60_000;

/// Timers that fire in one step at most, so that many at once do not hold up everything else.
const AT_ONCE: usize = 1000;

/// What is to happen at points in time.
#[derive(Debug, Default)]
pub(super) struct Timers {
    /// Stored timers that are due before `horizon`; later ones are on disk only.
    stored: BTreeSet<Timer>,
    horizon: u64,
    /// Retries and inactivity, which a restart makes pointless.
    alarms: BTreeSet<(u64, InvocationId)>,
}

impl Timers {
    pub(super) fn load(&mut self, timers: Vec<Timer>) {
        self.stored.extend(timers);
    }

    pub(super) fn next_alarm(&self) -> Option<u64> {
        self.alarms.first().map(|(due, _)| *due)
    }

    pub(super) fn next_tick(&self) -> u64 {
        let timer = self.stored.first().map(|timer| timer.due);
        let alarm = self.alarms.first().map(|(due, _)| *due);
        let refill = self.horizon.saturating_sub(SPAN / 2);
        [timer, alarm].into_iter().flatten().fold(refill, u64::min)
    }
}

impl Machine {
    /// Does what is due.
    pub(super) fn tick(&mut self) {
        for _ in 0..AT_ONCE {
            let Some(&timer) = self.timers.stored.first() else { break };
            if timer.due > self.now {
                break;
            }
            self.timers.stored.pop_first();
            self.fire(timer);
        }
        while let Some(&(due, id)) = self.timers.alarms.first() {
            if due > self.now {
                break;
            }
            self.timers.alarms.pop_first();
            self.ring(id);
        }
        self.look_ahead();
    }

    /// Asks for the timers that come into sight.
    pub(super) fn look_ahead(&mut self) {
        let from = self.timers.horizon;
        if from.saturating_sub(SPAN / 2) <= self.now {
            let until = self.now.saturating_add(SPAN);
            self.timers.horizon = until;
            self.effects.questions.push(Question::Timers { from, until });
        }
    }

    /// Stores a timer.
    pub(super) fn add_timer(&mut self, timer: Timer) {
        if timer.due < self.timers.horizon {
            self.timers.stored.insert(timer);
        }
        self.effects.writes.push(Write::AddTimer(timer));
    }

    /// Wakes an invocation when a time has come, unless it ends before.
    pub(super) fn sleep(&mut self, id: InvocationId, due: u64, completion: u32) {
        if let Some(invocation) = self.invocations.get_mut(&id) {
            invocation.sleeps.push((due, completion));
            self.add_timer(Timer { due, id, kind: TimerKind::Sleep(completion) });
        }
    }

    /// Removes the sleeps that an invocation did not wait for.
    pub(super) fn forget_sleeps(&mut self, invocation: &mut Invocation) {
        for (due, completion) in invocation.sleeps.drain(..) {
            let timer = Timer { due, id: invocation.id, kind: TimerKind::Sleep(completion) };
            self.timers.stored.remove(&timer);
            self.effects.writes.push(Write::RemoveTimer(timer));
        }
    }

    /// Replaces the alarm of an invocation.
    pub(super) fn set_alarm(&mut self, id: InvocationId, due: u64) {
        self.clear_alarm(id);
        if let Some(invocation) = self.invocations.get_mut(&id) {
            invocation.alarm = Some(due);
            self.timers.alarms.insert((due, id));
        }
    }

    /// Removes the alarm of an invocation.
    pub(super) fn clear_alarm(&mut self, id: InvocationId) {
        let alarm = self.invocations.get_mut(&id).and_then(|invocation| invocation.alarm.take());
        if let Some(due) = alarm {
            self.timers.alarms.remove(&(due, id));
        }
    }

    /// Takes over the time of a step. Where that has gone back, what is to happen after a while
    /// still does after that while; stored timers wait for their points in time.
    pub(super) fn set_clock(&mut self, now: u64) {
        let back = self.now.saturating_sub(now);
        self.now = now;
        if back == 0 {
            return;
        }
        self.timers.alarms.clear();
        for invocation in self.invocations.values_mut() {
            invocation.progressed = invocation.progressed.saturating_sub(back);
            if let Status::Running(attempt) = &mut invocation.status {
                attempt.active = attempt.active.saturating_sub(back);
            }
            if let Some(alarm) = &mut invocation.alarm {
                *alarm = alarm.saturating_sub(back);
                self.timers.alarms.insert((*alarm, invocation.id));
            }
        }
    }

    fn fire(&mut self, timer: Timer) {
        self.effects.writes.push(Write::RemoveTimer(timer));
        let id = timer.id;
        match timer.kind {
            TimerKind::Release => self.operate(Query {
                subject: Subject::Id(id),
                operation: Operation::Release,
                reading: None,
            }),
            TimerKind::Sleep(completion) => {
                if let Some(invocation) = self.invocations.get_mut(&id) {
                    invocation.sleeps.retain(|(_, sleep)| *sleep != completion);
                }
                let notification = Notification {
                    id: Some(NotificationId::CompletionId(completion)),
                    result: Some(NotificationResult::Void(Void {})),
                };
                self.notify(id, MessageType::SleepCompletion, &notification);
            }
            TimerKind::ForgetJournal => self.effects.writes.push(Write::ForgetJournal { id }),
            TimerKind::Expire => self.effects.writes.push(Write::Expire { id }),
        }
    }

    fn ring(&mut self, id: InvocationId) {
        let settings = self.settings(id);
        let inactivity = millis(settings.inactivity_timeout);
        let Some(invocation) = self.invocations.get_mut(&id) else { return };
        invocation.alarm = None;
        match &mut invocation.status {
            Status::BackingOff => self.attempt(id),
            Status::Running(attempt) => {
                let due = attempt.active.saturating_add(inactivity);
                if attempt.missed.is_some() {
                    let waited = settings.abort_timeout.saturating_add(settings.inactivity_timeout);
                    let error = format!(
                        "the attempt made no progress for {waited:?} and did not suspend; it was \
                         stopped. A handler that works for longer needs a longer abort timeout"
                    );
                    self.give_up(id, error);
                } else if due > self.now {
                    self.set_alarm(id, due);
                } else {
                    journal::close_input(attempt);
                    self.touched.push(id);
                    self.set_alarm(id, self.now.saturating_add(millis(settings.abort_timeout)));
                }
            }
            _ => {}
        }
    }
}

/// A duration in whole milliseconds; parts round up, so that nothing happens early.
pub(crate) fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_nanos().div_ceil(1_000_000)).unwrap_or(u64::MAX)
}

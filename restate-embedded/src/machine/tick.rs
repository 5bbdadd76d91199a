//! What happens because time has passed.

use std::time::Duration;

use restate_core::wire::protocol::{
    MessageType, Notification, NotificationId, NotificationResult, Void,
};

use super::{
    input::InvocationRef,
    invocation::{Invocation, Status},
    operations::Found,
    step::Step,
    timers::millis,
};
use crate::{
    model::id::InvocationId,
    store::{StoreError, Timer, TimerKind, Write},
};

/// How many timers fire in one step. Each writes and wakes; a million that are due at once would
/// otherwise be one group of writes, and hold up every other input until it is committed.
const MAX_TIMERS_PER_STEP: usize = 1000;

impl Step<'_> {
    /// Does what is due.
    pub(super) fn tick(&mut self) -> Result<(), StoreError> {
        for _ in 0..MAX_TIMERS_PER_STEP {
            let Some(timer) = self.machine.timers.pop_due(self.now) else { break };
            self.fire(timer)?;
        }
        let overdue = self.machine.timers.overdue(self.now);
        self.machine.figures.timers.overdue.set(i64::try_from(overdue).unwrap_or(i64::MAX));
        while let Some(id) = self.machine.timers.pop_alarm(self.now) {
            self.ring(id);
        }
        self.load_timers()
    }

    /// Reads the stored timers that come within the horizon.
    pub(super) fn load_timers(&mut self) -> Result<(), StoreError> {
        if let Some(range) = self.machine.timers.move_horizon(self.now) {
            let timers = self.store()?.timers(range.start, range.end)?;
            self.machine.timers.load(timers);
        }
        Ok(())
    }

    /// Counts the stored timers, most of which are not in memory; from then on they are counted as they come and
    /// go.
    pub(super) fn count_timers(&mut self) -> Result<(), StoreError> {
        let count = self.store()?.timer_count()?;
        self.machine.figures.timers.pending.set(i64::try_from(count).unwrap_or(i64::MAX));
        Ok(())
    }

    /// Stores a timer.
    pub(super) fn add_timer(&mut self, timer: Timer) {
        self.machine.timers.add(timer);
        self.machine.figures.timers.pending.add(1);
        self.write(Write::AddTimer(timer));
    }

    /// Removes a timer from the store. It is there: only timers that are fired, and those of sleeps of an
    /// invocation that ends, are removed.
    fn remove_timer(&mut self, timer: Timer) {
        self.machine.figures.timers.pending.add(-1);
        self.write(Write::RemoveTimer(timer));
    }

    /// Completes an entry of an invocation at `due`, unless the invocation ends before.
    pub(super) fn sleep(&mut self, id: InvocationId, due: u64, completion: u32) {
        if let Some(invocation) = self.known(id) {
            invocation.sleeps.add(due, completion);
            self.add_timer(Timer { due, id, kind: TimerKind::Sleep(completion) });
            self.trace_sleep(id, completion);
        }
    }

    /// Removes the timers of sleeps that an invocation did not wait for.
    pub(super) fn forget_sleeps(&mut self, invocation: &mut Invocation) {
        for timer in invocation.sleeps.drain(invocation.id) {
            self.machine.timers.remove(&timer);
            self.remove_timer(timer);
        }
    }

    fn fire(&mut self, timer: Timer) -> Result<(), StoreError> {
        debug_assert!(timer.due <= self.now, "{timer:?} fires early");
        self.count(timer);
        self.remove_timer(timer);
        let id = timer.id;
        match timer.kind {
            TimerKind::Release => self.release(id)?,
            TimerKind::Sleep(completion) => {
                // The invocation may be over, if an earlier process began the sleep.
                if let Some(invocation) = self.machine.invocations.get_mut(&id) {
                    invocation.sleeps.end(completion);
                }
                self.trace_slept(id, completion);
                let notification = Notification {
                    id: Some(NotificationId::CompletionId(completion)),
                    result: Some(NotificationResult::Void(Void {})),
                };
                self.notify(id, MessageType::SleepCompletion, &notification);
            }
            TimerKind::ForgetJournal => self.write(Write::ForgetJournal { id }),
            TimerKind::Expire => self.write(Write::Expire { id }),
        }
        Ok(())
    }

    fn count(&self, timer: Timer) {
        let figures = &self.machine.figures.timers;
        match timer.kind {
            TimerKind::Release => figures.scheduled.count(),
            TimerKind::Sleep(_) => figures.sleeps.count(),
            TimerKind::ForgetJournal | TimerKind::Expire => figures.retention.count(),
        }
        figures.lateness.observe_time(Duration::from_millis(self.now - timer.due));
    }

    /// Starts a scheduled invocation.
    fn release(&mut self, id: InvocationId) -> Result<(), StoreError> {
        let now = self.now;
        // It may have been cancelled or killed before its time; the timer is not removed then.
        let Found::InMemory(id) = self.find(&InvocationRef::Id(id))? else { return Ok(()) };
        let Some(invocation) = self.known(id) else { return Ok(()) };
        debug_assert!(
            matches!(invocation.status, Status::Scheduled),
            "{id} is released a second time"
        );
        invocation.set_status(Status::Queued);
        invocation.arrived = now;
        let arrived = self.machine.ids.next_order(now);
        self.write(Write::Release { id, arrived });
        self.start(id)
    }

    /// The alarm of an invocation is due.
    fn ring(&mut self, id: InvocationId) {
        let Some(invocation) = self.machine.invocations.get_mut(&id) else {
            debug_assert!(false, "{id} ended without clearing its alarm");
            return;
        };
        invocation.alarm.rang();
        let deployment = invocation.running().and_then(|attempt| attempt.deployment());
        let settings = self.machine.services.settings_of(invocation);
        let patience = self.machine.patience(&settings, deployment);
        let Some(invocation) = self.machine.invocations.get_mut(&id) else { return };
        let attempt = match &mut invocation.status {
            Status::BackingOff => return self.attempt(id),
            Status::Running(attempt) => attempt,
            other => {
                debug_assert!(false, "{id} has an alarm although it is {other:?}");
                return;
            }
        };
        if attempt.is_input_closed() {
            let waited = settings.abort_timeout.saturating_add(settings.inactivity_timeout);
            self.give_up(
                id,
                format!(
                    "the attempt made no progress for {waited:?} and did not suspend, so it was \
                     stopped; if the handler needs longer, give it a longer abort timeout"
                ),
            );
            return;
        }
        let inactive_at = attempt.active().saturating_add(millis(patience));
        let next = if inactive_at > self.now {
            inactive_at
        } else {
            attempt.close_input();
            self.now.saturating_add(millis(settings.abort_timeout))
        };
        self.machine.timers.set_alarm(invocation, next);
        // The input may have been closed.
        self.touch(id);
    }
}

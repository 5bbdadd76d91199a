use std::{collections::BTreeSet, ops::Range, time::Duration};

use super::invocation::Invocation;
use crate::{
    model::id::InvocationId,
    store::{Timer, TimerKind},
};

/// How far ahead stored timers are kept in memory, in milliseconds: long enough that they are read
/// twice a minute, short enough that a million calls delayed by days stay on disk.
const SPAN: u64 = 60_000;

/// What is due at points in time.
///
/// Invariants: every stored timer that is due before `horizon` is in `stored`; `alarms` holds
/// exactly the [`Alarm`]s of invocations, which only this file changes.
#[derive(Debug, Default)]
pub(super) struct Timers {
    stored: BTreeSet<Timer>,
    horizon: u64,
    alarms: BTreeSet<(u64, InvocationId)>,
}

/// The one alarm of an invocation: a retry, or a check for inactivity. It is not stored, as a
/// restart starts every attempt anew.
#[derive(Debug, Default)]
pub(super) struct Alarm(Option<u64>);

impl Alarm {
    /// When it is due, if it is set.
    pub(super) fn due(&self) -> Option<u64> {
        self.0
    }

    /// The alarm was taken out of [`Timers`] by [`Timers::pop_alarm`].
    pub(super) fn rang(&mut self) {
        debug_assert!(self.0.is_some(), "an alarm that is not set has rung");
        self.0 = None;
    }
}

/// The sleeps that an invocation began in this process and that have not ended: when they end, and
/// their completion ids. Their timers are removed with the invocation. The timers of sleeps that it
/// began in an earlier process are not; they may fire after its end, for nobody.
#[derive(Debug, Default)]
pub(super) struct Sleeps(Vec<(u64, u32)>);

impl Sleeps {
    pub(super) fn add(&mut self, due: u64, completion: u32) {
        self.0.push((due, completion));
    }

    /// The sleep has ended. It may be of an earlier process, and not be here.
    pub(super) fn end(&mut self, completion: u32) {
        self.0.retain(|(_, sleep)| *sleep != completion);
    }

    /// Takes out the timers of all sleeps of `id`.
    pub(super) fn drain(&mut self, id: InvocationId) -> impl Iterator<Item = Timer> {
        let timer = move |(due, completion)| Timer { due, id, kind: TimerKind::Sleep(completion) };
        self.0.drain(..).map(timer)
    }

    #[cfg(test)]
    pub(super) fn timers(&self, id: InvocationId) -> impl Iterator<Item = Timer> {
        let timer = move |&(due, completion)| Timer { due, id, kind: TimerKind::Sleep(completion) };
        self.0.iter().map(timer)
    }
}

impl Timers {
    pub(super) fn next_alarm(&self) -> Option<u64> {
        self.alarms.first().map(|(due, _)| *due)
    }

    /// When something is due, or when timers have to be loaded.
    pub(super) fn next_tick(&self) -> u64 {
        let timer = self.stored.first().map(|timer| timer.due);
        let load = self.horizon.saturating_sub(SPAN / 2);
        [timer, self.next_alarm()].into_iter().flatten().fold(load, u64::min)
    }

    /// Moves the horizon once half of the span before it has passed. The stored timers of the range
    /// that this returns have to be [loaded](Self::load), so that none is late.
    pub(super) fn move_horizon(&mut self, now: u64) -> Option<Range<u64>> {
        let from = self.horizon;
        (from.saturating_sub(SPAN / 2) <= now).then(|| {
            self.horizon = now.saturating_add(SPAN);
            from..self.horizon
        })
    }

    pub(super) fn load(&mut self, timers: Vec<Timer>) {
        debug_assert!(timers.iter().all(|timer| timer.due < self.horizon), "none is beyond it");
        self.stored.extend(timers);
    }

    /// Takes note of a timer that is being stored.
    pub(super) fn add(&mut self, timer: Timer) {
        if timer.due < self.horizon {
            self.stored.insert(timer);
        }
    }

    /// Forgets a timer that is being removed from the store; it may be beyond the horizon.
    pub(super) fn remove(&mut self, timer: &Timer) {
        self.stored.remove(timer);
    }

    /// How many milliseconds the first timer has been due; 0 if it is not.
    pub(super) fn overdue(&self, now: u64) -> u64 {
        self.stored.first().map_or(0, |timer| now.saturating_sub(timer.due))
    }

    /// Takes out the first timer, if it is due.
    pub(super) fn pop_due(&mut self, now: u64) -> Option<Timer> {
        self.stored.first().filter(|timer| timer.due <= now)?;
        self.stored.pop_first()
    }

    /// Takes out the first alarm, if it is due. The invocation has to be told that it
    /// [rang](Alarm::rang).
    pub(super) fn pop_alarm(&mut self, now: u64) -> Option<InvocationId> {
        self.alarms.first().filter(|(due, _)| *due <= now)?;
        self.alarms.pop_first().map(|(_, id)| id)
    }

    /// Sets or replaces the alarm of an invocation.
    pub(super) fn set_alarm(&mut self, invocation: &mut Invocation, due: u64) {
        self.clear_alarm(invocation);
        invocation.alarm.0 = Some(due);
        self.alarms.insert((due, invocation.id));
    }

    /// Clears the alarm of an invocation, if it is set.
    pub(super) fn clear_alarm(&mut self, invocation: &mut Invocation) {
        if let Some(due) = invocation.alarm.0.take() {
            let was_set = self.alarms.remove(&(due, invocation.id));
            debug_assert!(was_set, "the alarm of {} is not among the alarms", invocation.id);
        }
    }

    /// The clock was set back by this much: alarms ring after as long as before.
    pub(super) fn move_alarms_back<'a>(
        &mut self,
        back: u64,
        invocations: impl Iterator<Item = &'a mut Invocation>,
    ) {
        self.alarms.clear();
        for invocation in invocations {
            invocation.move_back(back);
            if let Some(due) = &mut invocation.alarm.0 {
                *due = due.saturating_sub(back);
                self.alarms.insert((*due, invocation.id));
            }
        }
    }

    #[cfg(test)]
    pub(super) fn alarms(&self) -> &BTreeSet<(u64, InvocationId)> {
        &self.alarms
    }

    #[cfg(test)]
    pub(super) fn knows(&self, timer: &Timer) -> bool {
        timer.due >= self.horizon || self.stored.contains(timer)
    }

    #[cfg(test)]
    pub(super) fn is_within_horizon(&self) -> bool {
        self.stored.last().is_none_or(|timer| timer.due < self.horizon)
    }
}

/// A duration in whole milliseconds; fractions round up, so that nothing happens early.
pub(crate) fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_nanos().div_ceil(1_000_000)).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn timer(due: u64) -> Timer {
        Timer { due, id: InvocationId::new(due, 0, due), kind: TimerKind::Release }
    }

    #[test]
    fn stored_timers_are_read_half_a_span_before_the_horizon() {
        let mut timers = Timers::default();
        assert_eq!(timers.move_horizon(1_000_000), Some(0..1_060_000));
        assert_eq!(timers.next_tick(), 1_030_000);
        assert_eq!(timers.move_horizon(1_029_999), None);
        assert_eq!(timers.move_horizon(1_030_000), Some(1_060_000..1_090_000));
        assert_eq!(timers.next_tick(), 1_060_000);
    }

    #[test]
    fn timers_from_the_horizon_on_stay_on_disk() {
        let mut timers = Timers::default();
        timers.move_horizon(1_000_000);
        timers.add(timer(1_060_000));
        assert_eq!(timers.pop_due(u64::MAX), None);
        timers.add(timer(1_059_999));
        timers.load(vec![timer(1_010_000), timer(1_020_000)]);
        timers.remove(&timer(1_020_000));
        timers.remove(&timer(2_000_000));
        assert_eq!(timers.next_tick(), 1_010_000);
        assert_eq!((timers.overdue(1_010_000), timers.overdue(1_010_002)), (0, 2));
        assert_eq!(timers.pop_due(1_009_999), None);
        assert_eq!(timers.pop_due(1_010_000), Some(timer(1_010_000)));
        assert_eq!(timers.pop_due(u64::MAX), Some(timer(1_059_999)));
        assert_eq!(timers.overdue(u64::MAX), 0);
    }

    #[test]
    fn fractions_of_a_millisecond_round_up() {
        assert_eq!(millis(Duration::ZERO), 0);
        assert_eq!(millis(Duration::from_nanos(1)), 1);
        assert_eq!(millis(Duration::from_millis(7)), 7);
        assert_eq!(millis(Duration::from_nanos(7_000_001)), 8);
        assert_eq!(millis(Duration::MAX), u64::MAX);
    }
}

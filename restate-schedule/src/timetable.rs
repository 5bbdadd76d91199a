//! When a schedule fires.

use std::time::{Duration, SystemTime};

use crate::{
    contract::{self, Spec, spec::Timing},
    error::InvalidSpec,
    times::Times,
};

/// When a schedule fires, and what happens if that is not possible.
///
/// ```
/// use std::time::Duration;
/// use restate_schedule::{CatchUp, Overlap, Timetable};
///
/// let weekdays = Timetable::cron("0 9 * * MON-FRI")
///     .time_zone("Europe/Berlin")
///     .jitter(Duration::from_secs(30))
///     .overlap(Overlap::Queue)
///     .catch_up(CatchUp::None);
/// assert!(weekdays.check().is_ok());
/// ```
#[derive(Clone, Debug, PartialEq)]
#[must_use = "a timetable does nothing until it is given to `Schedules::create`"]
pub struct Timetable {
    spec: Spec,
}

/// What happens at a time when the call of the last firing has not ended.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Overlap {
    /// Nothing: that time is skipped.
    #[default]
    Skip,
    /// The call is made when the last one has ended. Up to 1,000 wait; further ones are skipped.
    Queue,
    /// The last one is cancelled, and the call is made when it has ended. A time that already waits for
    /// that is skipped.
    Cancel,
    /// The call is made, and runs beside the last one.
    Allow,
}

/// What happens with times that were missed because nothing ran to fire them.
///
/// A time is missed when it could not fire before the next one came.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum CatchUp {
    /// The last of them fires.
    #[default]
    Last,
    /// None of them fires, nor one that is more than a minute late.
    None,
    /// All of them fire that are not older than this, in order.
    All(Duration),
}

impl Timetable {
    /// The times of a cron expression: minute, hour, day of the month, month, day of the week; or six
    /// fields with the second first.
    ///
    /// Names (`MON`, `JAN`), lists, ranges, steps, `L` for the last day and `FRI#2` for the second Friday are
    /// understood. If the clock skips a time of day, it fires when the clock has been set forward; if
    /// the clock repeats it, it fires once. With `*` or steps in the minute or hour, it fires whenever
    /// the clock shows such a time.
    pub fn cron(expression: impl Into<String>) -> Self {
        Self::new(Timing::Cron(expression.into()))
    }

    /// Every `interval`, counted from the [`start`](Self::start), or from the Unix epoch without one: every
    /// 15 minutes is at :00, :15, :30 and :45.
    pub fn every(interval: Duration) -> Self {
        Self::new(Timing::Interval(interval.into()))
    }

    /// Once.
    pub fn once(time: SystemTime) -> Self {
        Self::new(Timing::Once(time.into()))
    }

    fn new(timing: Timing) -> Self {
        Self { spec: Spec { timing: Some(timing), ..Spec::default() } }
    }

    /// The time zone of a cron expression, by its IANA name; `UTC` unless set.
    pub fn time_zone(mut self, name: impl Into<String>) -> Self {
        self.spec.time_zone = name.into();
        self
    }

    /// Fires at no time before this one.
    pub fn start(mut self, time: SystemTime) -> Self {
        self.spec.start = Some(time.into());
        self
    }

    /// Fires at no time after this one.
    pub fn end(mut self, time: SystemTime) -> Self {
        self.spec.end = Some(time.into());
        self
    }

    /// Delays each firing by up to `longest`, so that schedules with the same times do not fire together.
    ///
    /// The delay depends only on the name of the schedule and the time. It should be shorter than the
    /// distance of two times.
    pub fn jitter(mut self, longest: Duration) -> Self {
        self.spec.jitter = Some(longest.into());
        self
    }

    /// What happens when the last call has not ended.
    pub fn overlap(mut self, overlap: Overlap) -> Self {
        self.spec.set_overlap(match overlap {
            Overlap::Skip => contract::Overlap::Skip,
            Overlap::Queue => contract::Overlap::Queue,
            Overlap::Cancel => contract::Overlap::Cancel,
            Overlap::Allow => contract::Overlap::Allow,
        });
        self
    }

    /// What happens with missed times.
    pub fn catch_up(mut self, catch_up: CatchUp) -> Self {
        let (policy, window) = match catch_up {
            CatchUp::Last => (contract::CatchUp::Last, None),
            CatchUp::None => (contract::CatchUp::None, None),
            CatchUp::All(window) => (contract::CatchUp::All, Some(window.min(FOREVER).into())),
        };
        self.spec.set_catch_up(policy);
        self.spec.window = window;
        self
    }

    /// Checks what does not depend on the time at which the schedule is created.
    ///
    /// # Errors
    ///
    /// The first rule that is broken; [`InvalidSpec::NeverFires`] for a date that does not exist.
    pub fn check(&self) -> Result<(), InvalidSpec> {
        Times::of(&self.spec)?.after(-1).map(|_| ()).ok_or(InvalidSpec::NeverFires)
    }

    pub(crate) fn into_spec(self) -> Spec {
        self.spec
    }

    pub(crate) fn stored(spec: Spec) -> Self {
        Self { spec }
    }
}

/// Longer than any downtime: a hundred centuries.
const FOREVER: Duration = Duration::from_secs(10_000 * 366 * 86_400);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_mistake_has_its_error() {
        let epoch = SystemTime::UNIX_EPOCH;
        let second = Duration::from_secs(1);
        let name = |name: &str| InvalidSpec::UnknownTimeZone { name: name.to_owned() };
        for (timetable, expected) in [
            (Timetable::cron("0 9 * * *").time_zone("Europe/Berlim"), name("Europe/Berlim")),
            (Timetable::cron("0 0 30 2 *"), InvalidSpec::NeverFires),
            (Timetable::every(Duration::ZERO), InvalidSpec::ZeroInterval),
            (
                Timetable::every(second).start(epoch + second).end(epoch),
                InvalidSpec::EndBeforeStart,
            ),
            (Timetable::once(epoch - second), InvalidSpec::TimeOutOfRange),
            (Timetable::once(epoch + second).end(epoch), InvalidSpec::NeverFires),
            (Timetable::every(Duration::MAX), InvalidSpec::DurationOutOfRange),
        ] {
            assert_eq!(timetable.check(), Err(expected), "{timetable:?}");
        }
        let error = Timetable::cron("0 25 * * *").check().unwrap_err();
        assert!(matches!(error, InvalidSpec::Cron { .. }), "{error}");
    }
}

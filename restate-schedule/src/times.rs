//! The times of a schedule, and which of them to fire.

use std::time::Duration;

use jiff::tz::TimeZone;

use crate::{
    contract::{CatchUp, Plan, Spec, spec::Timing},
    cron::CronTimes,
    error::InvalidSpec,
};

/// How late a time may be under [`CatchUp::None`]: longer than an engine takes to start.
const LATE: i64 = 60_000;

/// The most times that are caught up with at once, so that no journal gets long; the next time then is in
/// the past, and fires at once.
const AT_ONCE: usize = 100;

/// The times at which a schedule fires, in milliseconds since the Unix epoch.
#[derive(Clone, Debug)]
pub(crate) struct Times {
    rule: Rule,
    start: Option<i64>,
    end: Option<i64>,
    catch_up: CatchUp,
    window: i64,
}

#[derive(Clone, Debug)]
enum Rule {
    Cron(Box<CronTimes>),
    Interval { from: i64, every: i64 },
    Once(i64),
}

impl Times {
    /// Reads and checks a specification.
    pub(crate) fn of(spec: &Spec) -> Result<Self, InvalidSpec> {
        let start = spec.start.map(time).transpose()?;
        let end = spec.end.map(time).transpose()?;
        if let (Some(start), Some(end)) = (start, end)
            && end < start
        {
            return Err(InvalidSpec::EndBeforeStart);
        }
        let rule = match spec.timing.as_ref().ok_or(InvalidSpec::NoTiming)? {
            Timing::Cron(expression) => Rule::Cron(Box::new(cron(expression, &spec.time_zone)?)),
            Timing::Interval(every) => {
                let every = duration(*every)?;
                if every == 0 {
                    return Err(InvalidSpec::ZeroInterval);
                }
                Rule::Interval { from: start.unwrap_or_default(), every }
            }
            Timing::Once(at) => Rule::Once(time(*at)?),
        };
        jitter(spec)?;
        let window = spec.window.map(duration).transpose()?.unwrap_or(i64::MAX);
        Ok(Self { rule, start, end, catch_up: spec.catch_up(), window })
    }

    /// The first time after `after`.
    pub(crate) fn after(&self, after: i64) -> Option<i64> {
        let after = self.start.map_or(after, |start| after.max(start - 1));
        let next = match &self.rule {
            Rule::Cron(cron) => cron.after(after)?,
            Rule::Interval { from, every } => {
                let elapsed = (after - from).div_euclid(*every) + 1;
                from.checked_add(elapsed.checked_mul(*every)?)?
            }
            Rule::Once(at) => Some(*at).filter(|at| *at > after)?,
        };
        Some(next).filter(|next| self.end.is_none_or(|end| *next <= end))
    }

    /// What to fire at `now`, when `expected` was the next time.
    pub(crate) fn plan(&self, expected: i64, now: i64) -> Plan {
        debug_assert!(expected <= now, "a time does not fire early");
        match self.catch_up {
            CatchUp::All => self.plan_all(expected, now),
            catch_up => {
                let last = self.last(expected, now);
                let is_missed = catch_up == CatchUp::None && now.saturating_sub(last) > LATE;
                let due = if is_missed { Vec::new() } else { vec![last] };
                Plan { due, next: self.after(now) }
            }
        }
    }

    fn plan_all(&self, expected: i64, now: i64) -> Plan {
        let horizon = now.saturating_sub(self.window);
        let mut next = if expected >= horizon { Some(expected) } else { self.after(horizon - 1) };
        let mut due = Vec::new();
        while let Some(time) = next.filter(|time| *time <= now && due.len() < AT_ONCE) {
            due.push(time);
            next = self.after(time);
        }
        Plan { due, next }
    }

    /// The last time up to `now`, from `expected` on, which is one.
    fn last(&self, expected: i64, now: i64) -> i64 {
        let mut last = match &self.rule {
            Rule::Cron(cron) => cron.well_before(now).map_or(expected, |it| it.max(expected)),
            Rule::Interval { every, .. } => expected + (now - expected) / every * every,
            Rule::Once(_) => expected,
        };
        while let Some(next) = self.after(last).filter(|next| *next <= now) {
            last = next;
        }
        last
    }
}

fn cron(expression: &str, zone: &str) -> Result<CronTimes, InvalidSpec> {
    let zone = match zone {
        "" => TimeZone::UTC,
        name => TimeZone::get(name)
            .map_err(|_| InvalidSpec::UnknownTimeZone { name: name.to_owned() })?,
    };
    CronTimes::parse(expression, zone).map_err(|error| InvalidSpec::Cron {
        expression: expression.to_owned(),
        reason: error.to_string().trim_end_matches('.').to_owned(),
    })
}

fn time(time: restate::well_known::Timestamp) -> Result<i64, InvalidSpec> {
    let millis = time.seconds.checked_mul(1000).ok_or(InvalidSpec::TimeOutOfRange)?;
    let millis = millis.saturating_add(i64::from(time.nanos) / 1_000_000);
    let is_possible = millis >= 0 && jiff::Timestamp::from_millisecond(millis).is_ok();
    if is_possible { Ok(millis) } else { Err(InvalidSpec::TimeOutOfRange) }
}

/// Whole milliseconds; parts of one round up.
fn duration(duration: restate::well_known::Duration) -> Result<i64, InvalidSpec> {
    let duration = Duration::try_from(duration).map_err(|_| InvalidSpec::DurationOutOfRange)?;
    let millis = duration.as_nanos().div_ceil(1_000_000);
    // As long as all times that jiff knows, so that sums do not overflow.
    i64::try_from(millis).ok().filter(|it| *it < 1 << 52).ok_or(InvalidSpec::DurationOutOfRange)
}

/// The longest jitter of `spec`, in milliseconds.
fn jitter(spec: &Spec) -> Result<i64, InvalidSpec> {
    spec.jitter.map(duration).transpose().map(Option::unwrap_or_default)
}

/// By how much the firing at `time` of the schedule `name` is later: the same whenever it is asked for.
pub(crate) fn jitter_of(spec: &Spec, name: &str, time: i64) -> i64 {
    let longest = jitter(spec).unwrap_or_default().unsigned_abs();
    let hash = time.to_le_bytes().iter().fold(hash(name), |hash, byte| mix(hash, *byte));
    i64::try_from(hash % (longest + 1)).unwrap_or_default()
}

/// A hash that stays the same in every version of this crate (FNV-1a): directories depend on it.
pub(crate) fn hash(text: &str) -> u64 {
    text.bytes().fold(0xcbf2_9ce4_8422_2325, mix)
}

fn mix(hash: u64, byte: u8) -> u64 {
    (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Timetable;

    const HOUR: i64 = 3_600_000;
    const DAY: i64 = 24 * HOUR;

    fn hourly(catch_up: crate::CatchUp) -> Times {
        Times::of(&Timetable::every(Duration::from_secs(3600)).catch_up(catch_up).into_spec())
            .unwrap()
    }

    #[test]
    fn a_time_that_is_not_late_fires_under_every_policy() {
        use crate::CatchUp::{All, Last, None};
        for catch_up in [None, Last, All(Duration::ZERO)] {
            let plan = hourly(catch_up).plan(HOUR, HOUR);
            assert_eq!(plan, Plan { due: vec![HOUR], next: Some(2 * HOUR) }, "{catch_up:?}");
        }
    }

    #[test]
    fn a_day_that_was_missed_follows_the_policy() {
        use crate::CatchUp::{All, Last, None};
        let now = DAY + 5 * 60_000;
        let plan = |catch_up| hourly(catch_up).plan(HOUR, now);
        assert_eq!(plan(None), Plan { due: vec![], next: Some(25 * HOUR) });
        assert_eq!(plan(Last), Plan { due: vec![24 * HOUR], next: Some(25 * HOUR) });
        let within = plan(All(Duration::from_secs(3 * 3600)));
        assert_eq!(within.due, [22 * HOUR, 23 * HOUR, 24 * HOUR]);
        assert_eq!(plan(All(Duration::MAX)).due.len(), 24);
    }

    #[test]
    fn many_missed_times_are_caught_up_with_in_parts() {
        let times = hourly(crate::CatchUp::All(Duration::MAX));
        let first = times.plan(HOUR, 30 * DAY);
        assert_eq!((first.due.len(), first.next), (AT_ONCE, Some(101 * HOUR)));
        assert_eq!(times.plan(101 * HOUR, 30 * DAY).due[0], 101 * HOUR);
    }

    #[test]
    fn the_last_missed_time_of_cron_may_be_behind_a_gap() {
        let at = |text: &str| text.parse::<jiff::Timestamp>().unwrap().as_millisecond();
        let daily = Timetable::cron("30 2 * * *").time_zone("Europe/Berlin").into_spec();
        let plan =
            Times::of(&daily).unwrap().plan(at("2027-03-20T01:30:00Z"), at("2027-03-28T02:00:00Z"));
        assert_eq!(plan.due, [at("2027-03-28T01:00:00Z")]);
        assert_eq!(plan.next, Some(at("2027-03-29T00:30:00Z")));
    }

    #[test]
    fn start_and_end_bound_the_times() {
        let epoch = std::time::SystemTime::UNIX_EPOCH;
        let timetable = Timetable::every(Duration::from_secs(7))
            .start(epoch + Duration::from_secs(10))
            .end(epoch + Duration::from_secs(24));
        let times = Times::of(&timetable.into_spec()).unwrap();
        assert_eq!(times.after(0), Some(10_000));
        assert_eq!(times.after(10_000), Some(17_000));
        assert_eq!(times.after(17_000), Some(24_000));
        assert_eq!(times.after(24_000), None);
    }

    #[test]
    fn jitter_is_the_same_for_the_same_time_and_stays_below_its_limit() {
        let spec =
            Timetable::every(Duration::from_secs(9)).jitter(Duration::from_millis(50)).into_spec();
        let all: std::collections::BTreeSet<_> =
            (0..1000).map(|time| jitter_of(&spec, "report", time)).collect();
        assert!(all.len() > 40 && all.iter().all(|it| (0..=50).contains(it)), "{all:?}");
        assert_eq!(jitter_of(&spec, "report", 7), jitter_of(&spec, "report", 7));
    }
}

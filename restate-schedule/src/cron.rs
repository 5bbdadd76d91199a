//! Cron expressions, and their times in a time zone.

use std::cmp::Ordering;

use croner::{
    CivilDate, CivilDateTime, CivilTime, Cron, CronDateTime, Resolution, Weekday,
    errors::CronError,
    parser::{CronParser, Year},
};
use jiff::{
    SignedDuration, Timestamp, ZonedDateTime,
    civil::DateTime,
    tz::{AmbiguousOffset, TimeZone},
};

/// A cron expression in a time zone.
#[derive(Clone, Debug)]
pub(crate) struct CronTimes {
    cron: Cron,
    zone: TimeZone,
}

impl CronTimes {
    /// Reads five fields, or six with seconds first.
    pub(crate) fn parse(expression: &str, zone: TimeZone) -> Result<Self, CronError> {
        let parser = CronParser::builder().year(Year::Disallowed).build();
        Ok(Self { cron: parser.parse(expression)?, zone })
    }

    /// The first time after `millis`, if there is one.
    pub(crate) fn after(&self, millis: i64) -> Option<i64> {
        self.found(self.cron.find_next_occurrence(&self.local(millis)?, false))
    }

    /// A time before the last two up to `millis`, or `None` if there are not as many.
    ///
    /// Backwards, a time in the gap of a daylight-saving change is not moved behind the gap, so the last
    /// time is found forwards from here.
    pub(crate) fn well_before(&self, millis: i64) -> Option<i64> {
        let back = |from| self.found(self.cron.find_previous_occurrence(&self.local(from)?, false));
        back(back(millis)?)
    }

    fn local(&self, millis: i64) -> Option<Local> {
        let time = Timestamp::from_millisecond(millis).ok()?;
        Some(Local(time.to_zoned_datetime(self.zone.clone())))
    }

    fn found(&self, found: Result<Local, CronError>) -> Option<i64> {
        Some(found.ok()?.0.timestamp().as_millisecond())
    }
}

/// A local time for croner, whose own implementation is for an earlier version of jiff.
#[derive(Clone, Debug)]
struct Local(ZonedDateTime);

impl CronDateTime for Local {
    fn to_civil(&self) -> CivilDateTime {
        let time = self.0.datetime();
        let date = CivilDate::from_ymd_opt(
            time.year().into(),
            time.month().unsigned_abs().into(),
            time.day().unsigned_abs().into(),
        );
        let clock = CivilTime::from_hms_opt(
            time.hour().unsigned_abs().into(),
            time.minute().unsigned_abs().into(),
            time.second().unsigned_abs().into(),
        );
        let date = date.expect("a date of jiff exists");
        CivilDateTime::new(date, clock.expect("a time of day of jiff exists"))
    }

    fn civil_weekday(&self) -> Weekday {
        let days = self.0.weekday().to_sunday_zero_offset().unsigned_abs();
        Weekday::from_days_from_sunday(days.into())
    }

    fn resolve_civil(&self, civil: CivilDateTime) -> Result<Resolution<Self>, CronError> {
        let time = self.0.time_zone().to_ambiguous_zoned_datetime(date_time(civil)?);
        let resolved = |time: Result<ZonedDateTime, jiff::Error>| {
            time.map(Self).map_err(|_| CronError::InvalidTime)
        };
        Ok(match time.offset() {
            AmbiguousOffset::Unambiguous { .. } => {
                Resolution::Single(resolved(time.unambiguous())?)
            }
            AmbiguousOffset::Gap { .. } => Resolution::Gap,
            AmbiguousOffset::Fold { .. } => {
                Resolution::Ambiguous(resolved(time.clone().earlier())?, resolved(time.later())?)
            }
        })
    }

    fn checked_add_seconds(&self, seconds: i64) -> Option<Self> {
        self.0.checked_add(SignedDuration::from_secs(seconds)).ok().map(Self)
    }

    fn cmp_instant(&self, other: &Self) -> Ordering {
        self.0.timestamp().cmp(&other.0.timestamp())
    }
}

fn date_time(civil: CivilDateTime) -> Result<DateTime, CronError> {
    let part = |part: u32| i8::try_from(part).map_err(|_| CronError::InvalidDate);
    let year = i16::try_from(civil.year()).map_err(|_| CronError::InvalidDate)?;
    let (month, day) = (part(civil.month())?, part(civil.day())?);
    let (hour, minute) = (part(civil.hour())?, part(civil.minute())?);
    DateTime::new(year, month, day, hour, minute, part(civil.second())?, 0)
        .map_err(|_| CronError::InvalidDate)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn times(expression: &str, zone: &str, after: &str, count: usize) -> Vec<String> {
        let zone = TimeZone::get(zone).unwrap();
        let cron = CronTimes::parse(expression, zone.clone()).unwrap();
        let mut millis = after.parse::<Timestamp>().unwrap().as_millisecond();
        let next = std::iter::from_fn(|| {
            millis = cron.after(millis)?;
            let time = Timestamp::from_millisecond(millis).unwrap();
            Some(
                time.to_zoned_datetime(zone.clone())
                    .strftime("%a %Y-%m-%d %H:%M:%S %Z")
                    .to_string(),
            )
        });
        next.take(count).collect()
    }

    #[test]
    fn names_the_last_day_and_the_nth_weekday() {
        assert_eq!(
            times("0 9 * * MON-FRI", "UTC", "2026-11-27T09:00:00Z", 2),
            ["Mon 2026-11-30 09:00:00 UTC", "Tue 2026-12-01 09:00:00 UTC"]
        );
        assert_eq!(
            times("30 0 12 L FEB *", "UTC", "2027-01-01T00:00:00Z", 2),
            ["Sun 2027-02-28 12:00:30 UTC", "Tue 2028-02-29 12:00:30 UTC"]
        );
        assert_eq!(
            times("0 0 * * FRI#2", "UTC", "2026-11-01T00:00:00Z", 2),
            ["Fri 2026-11-13 00:00:00 UTC", "Fri 2026-12-11 00:00:00 UTC"]
        );
    }

    #[test]
    fn a_time_that_the_clock_skips_is_the_first_after_the_gap() {
        assert_eq!(
            times("30 2 * * *", "Europe/Berlin", "2027-03-27T00:00:00Z", 3),
            [
                "Sat 2027-03-27 02:30:00 CET",
                "Sun 2027-03-28 03:00:00 CEST",
                "Mon 2027-03-29 02:30:00 CEST",
            ]
        );
    }

    #[test]
    fn a_time_that_the_clock_repeats_is_the_earlier_one() {
        assert_eq!(
            times("30 2 * * *", "Europe/Berlin", "2027-10-30T00:00:00Z", 3),
            [
                "Sat 2027-10-30 02:30:00 CEST",
                "Sun 2027-10-31 02:30:00 CEST",
                "Mon 2027-11-01 02:30:00 CET",
            ]
        );
    }

    #[test]
    fn every_half_hour_is_every_half_hour_when_the_clock_changes() {
        assert_eq!(
            times("*/30 * * * *", "America/New_York", "2027-11-07T05:00:00Z", 4),
            [
                "Sun 2027-11-07 01:30:00 EDT",
                "Sun 2027-11-07 01:00:00 EST",
                "Sun 2027-11-07 01:30:00 EST",
                "Sun 2027-11-07 02:00:00 EST",
            ]
        );
    }

    #[test]
    fn what_is_not_cron_is_refused() {
        for expression in ["", "* * *", "61 * * * *", "0 9 * * MOM", "0 0 9 * * * 2027"] {
            assert!(CronTimes::parse(expression, TimeZone::UTC).is_err(), "{expression}");
        }
    }
}

//! Points in time in JSON, such as `2026-11-22T16:40:00Z`.

use std::{
    fmt,
    time::{Duration, SystemTime},
};

use serde::{Deserialize, Deserializer, Serialize, Serializer, ser::Error};

use super::{Timestamp, text};

/// From the year 1 to the year 9999.
const RANGE: std::ops::RangeInclusive<i64> = -62_135_596_800..=253_402_300_799;
const DAY: i64 = 86_400;

impl Serialize for Timestamp {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let has_nanos = (0..1_000_000_000).contains(&self.nanos);
        if !has_nanos || !RANGE.contains(&self.seconds) {
            return Err(S::Error::custom("a Timestamp is out of its range, the years 1 to 9999"));
        }
        serializer.collect_str(self)
    }
}

/// Such as `2026-11-22T16:40:00Z`. Saturates at the ends of the range.
impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let seconds = self.seconds.clamp(*RANGE.start(), *RANGE.end());
        let (year, month, day) = date(seconds.div_euclid(DAY));
        let second = seconds.rem_euclid(DAY);
        let (hour, minute, second) = (second / 3600, second / 60 % 60, second % 60);
        let fraction = text::fraction(u32::try_from(self.nanos).unwrap_or_default());
        write!(f, "{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}{fraction}Z")
    }
}

impl<'de> Deserialize<'de> for Timestamp {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        text::read(deserializer, "a time of RFC 3339, as `2026-11-22T16:40:00Z`", parse)
    }
}

fn parse(text: &str) -> Option<Timestamp> {
    let (day, time) = text.split_at_checked(10)?;
    let time = time.strip_prefix('T')?;
    let (clock, rest) = time.split_at_checked(8)?;
    let seconds = days(split(day, '-')?)? * DAY + seconds_of_day(split(clock, ':')?)?;
    let zone_at = rest.find(['Z', '+', '-'])?;
    let nanos = match rest[..zone_at].strip_prefix('.') {
        Some(digits) => text::nanos(digits)?,
        None if zone_at == 0 => 0,
        None => return None,
    };
    let seconds = seconds - offset(&rest[zone_at..])?;
    let nanos = i32::try_from(nanos).ok()?;
    RANGE.contains(&seconds).then_some(Timestamp { seconds, nanos })
}

fn split(text: &str, separator: char) -> Option<[i64; 3]> {
    let mut parts = text.split(separator).map(text::number);
    let numbers = [parts.next()??, parts.next()??, parts.next()??];
    parts.next().is_none().then_some(numbers)
}

fn seconds_of_day([hour, minute, second]: [i64; 3]) -> Option<i64> {
    let is_time = hour < 24 && minute < 60 && second < 60;
    is_time.then_some(hour * 3600 + minute * 60 + second)
}

/// The seconds that a zone such as `Z` or `+01:00` is ahead of UTC.
fn offset(zone: &str) -> Option<i64> {
    if zone == "Z" {
        return Some(0);
    }
    let sign = if zone.starts_with('-') { -1 } else { 1 };
    let (hours, minutes) = zone.get(1..)?.split_once(':')?;
    let has_shape = hours.len() == 2 && minutes.len() == 2;
    let [hours, minutes] = [text::number(hours)?, text::number(minutes)?];
    has_shape.then(|| seconds_of_day([hours, minutes, 0]).map(|seconds| sign * seconds))?
}

/// Days from 1970-01-01 to a day that exists.
fn days([year, month, day]: [i64; 3]) -> Option<i64> {
    // Counts years from March, so that the leap day is the last day of a year.
    let (shifted, month_from_march) =
        if month > 2 { (year, month - 3) } else { (year - 1, month + 9) };
    let days = 365 * shifted + shifted.div_euclid(4) - shifted.div_euclid(100)
        + shifted.div_euclid(400)
        + (153 * month_from_march + 2) / 5
        + day
        - 1
        - 719_468;
    (date(days) == (year, month, day)).then_some(days)
}

/// The date this many days after 1970-01-01.
fn date(days: i64) -> (i64, i64, i64) {
    let days = days + 719_468;
    let era = days.div_euclid(146_097);
    let day_of_era = days.rem_euclid(146_097);
    let year_of_era =
        (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month_from_march = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month_from_march + 2) / 5 + 1;
    let month = if month_from_march < 10 { month_from_march + 3 } else { month_from_march - 9 };
    let year = era * 400 + year_of_era + i64::from(month <= 2);
    (year, month, day)
}

/// Saturates at the ends of the range.
impl From<SystemTime> for Timestamp {
    fn from(time: SystemTime) -> Self {
        match time.duration_since(SystemTime::UNIX_EPOCH) {
            Ok(after) => from_epoch(after, 1),
            Err(before) => from_epoch(before.duration(), -1),
        }
    }
}

fn from_epoch(distance: Duration, sign: i64) -> Timestamp {
    let seconds = sign * i64::try_from(distance.as_secs()).unwrap_or(i64::MAX);
    let nanos = i32::try_from(distance.subsec_nanos()).unwrap_or_default();
    match (sign, nanos) {
        (-1, 1..) => Timestamp { seconds: seconds - 1, nanos: 1_000_000_000 - nanos },
        _ => Timestamp { seconds, nanos },
    }
}

/// Fails for a time whose fraction of a second is negative.
impl TryFrom<Timestamp> for SystemTime {
    type Error = std::num::TryFromIntError;

    fn try_from(time: Timestamp) -> Result<Self, Self::Error> {
        let nanos = Duration::from_nanos(time.nanos.try_into()?);
        let seconds = Duration::from_secs(time.seconds.unsigned_abs());
        let whole =
            if time.seconds < 0 { Self::UNIX_EPOCH - seconds } else { Self::UNIX_EPOCH + seconds };
        Ok(whole + nanos)
    }
}

impl crate::payload::Message for Timestamp {}

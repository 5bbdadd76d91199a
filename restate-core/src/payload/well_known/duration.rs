//! Durations in JSON, such as `1.500s`.

use std::time;

use serde::{Deserialize, Deserializer, Serialize, Serializer, ser::Error};

use super::{Duration, text};

/// 10,000 years, the most that the contract allows.
const MOST_SECONDS: i64 = 315_576_000_000;

impl Serialize for Duration {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Self { seconds, nanos } = *self;
        let signs_differ = (seconds < 0 && nanos > 0) || (seconds > 0 && nanos < 0);
        if seconds.abs() > MOST_SECONDS || nanos.unsigned_abs() >= 1_000_000_000 || signs_differ {
            return Err(S::Error::custom("a Duration is out of its range of 10,000 years"));
        }
        let sign = if seconds < 0 || nanos < 0 { "-" } else { "" };
        let (seconds, fraction) = (seconds.abs(), text::fraction(nanos.unsigned_abs()));
        serializer.collect_str(&format_args!("{sign}{seconds}{fraction}s"))
    }
}

impl<'de> Deserialize<'de> for Duration {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        text::read(deserializer, "a duration in seconds, as `1.5s`", parse)
    }
}

fn parse(text: &str) -> Option<Duration> {
    let seconds = text.strip_suffix('s')?;
    let (is_negative, seconds) = match seconds.strip_prefix('-') {
        Some(seconds) => (true, seconds),
        None => (false, seconds),
    };
    let (seconds, nanos) = match seconds.split_once('.') {
        Some((seconds, fraction)) => (seconds, text::nanos(fraction)?),
        None => (seconds, 0),
    };
    let seconds = text::number::<i64>(seconds).filter(|seconds| *seconds <= MOST_SECONDS)?;
    let nanos = i32::try_from(nanos).ok()?;
    Some(if is_negative {
        Duration { seconds: -seconds, nanos: -nanos }
    } else {
        Duration { seconds, nanos }
    })
}

/// Saturates at the largest value.
impl From<time::Duration> for Duration {
    fn from(duration: time::Duration) -> Self {
        let seconds = i64::try_from(duration.as_secs()).unwrap_or(i64::MAX);
        let nanos = i32::try_from(duration.subsec_nanos()).unwrap_or_default();
        Self { seconds, nanos }
    }
}

/// Fails for a negative duration.
impl TryFrom<Duration> for time::Duration {
    type Error = std::num::TryFromIntError;

    fn try_from(duration: Duration) -> Result<Self, Self::Error> {
        Ok(Self::new(duration.seconds.try_into()?, duration.nanos.try_into()?))
    }
}

impl crate::payload::Message for Duration {}

//! Names of schedules, and the idempotency keys made of them.

use crate::error::InvalidSpec;

/// The header of a firing with its time: not all servers tell a handler its idempotency key.
pub(crate) const TIME_HEADER: &str = "schedule-time";

/// What makes a firing one, whatever is repeated: the schedule and the time.
pub(crate) fn idempotency_key(name: &str, time: i64) -> String {
    format!("schedule/{name}/{}", time_of(time))
}

/// A time as it stands in keys and headers, such as `2026-11-30T08:00:00Z`.
pub(crate) fn time_of(millis: i64) -> String {
    jiff::Timestamp::from_millisecond(millis).unwrap_or_default().to_string()
}

pub(crate) fn check_name(name: &str) -> Result<(), InvalidSpec> {
    let is_valid = (1..=200).contains(&name.len()) && !name.chars().any(char::is_control);
    if is_valid { Ok(()) } else { Err(InvalidSpec::Name) }
}

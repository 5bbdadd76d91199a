//! Names of schedules, and the idempotency keys made of them.

use crate::error::InvalidSpec;

/// What makes a firing one, whatever is repeated: the schedule and the time.
pub(crate) fn idempotency_key(name: &str, time: i64) -> String {
    let time = jiff::Timestamp::from_millisecond(time).unwrap_or_default();
    format!("schedule/{name}/{time}")
}

pub(crate) fn check_name(name: &str) -> Result<(), InvalidSpec> {
    let is_valid = (1..=200).contains(&name.len()) && !name.chars().any(char::is_control);
    if is_valid { Ok(()) } else { Err(InvalidSpec::Name) }
}

//! The time, and points in time as the protocol has them.

use std::time::{Duration, SystemTime};

use crate::error::TerminalError;

/// Where an attempt reads the time that sleeps and delays start from.
pub trait Clock: Send + Sync {
    /// Time since the Unix epoch.
    fn now(&self) -> Duration;
}

/// The machine's wall clock.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    #[expect(clippy::disallowed_methods, reason = "this is the file that reads the clock")]
    fn now(&self) -> Duration {
        SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default()
    }
}

/// The point in time `delay` from `now`, both since the Unix epoch, in whole milliseconds.
///
/// Rounds up, so that nothing happens early.
///
/// # Errors
///
/// Code 400 when that point is more than 2^63 milliseconds after the epoch.
pub(crate) fn after(now: Duration, delay: Duration) -> Result<Duration, TerminalError> {
    now.checked_add(delay).and_then(whole_millis).ok_or_else(|| {
        let message = format!(
            "a delay of {} seconds ends after the last representable time",
            delay.as_secs()
        );
        TerminalError::with_code(400, message)
    })
}

/// `time` since the Unix epoch, in whole milliseconds; times before it are the epoch.
///
/// Rounds up, so that nothing happens early.
///
/// # Errors
///
/// Code 400 when that point is more than 2^63 milliseconds after the epoch.
pub(crate) fn since_epoch(time: SystemTime) -> Result<Duration, TerminalError> {
    let since_epoch = time.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    whole_millis(since_epoch).ok_or_else(|| {
        let seconds = since_epoch.as_secs();
        let message = format!("{seconds} seconds after 1970 is after the last representable time");
        TerminalError::with_code(400, message)
    })
}

fn whole_millis(since_epoch: Duration) -> Option<Duration> {
    const LATEST: u128 = i64::MAX as u128;
    let millis = since_epoch.as_nanos().div_ceil(1_000_000);
    let millis = u64::try_from(millis).ok().filter(|_| millis <= LATEST)?;
    Some(Duration::from_millis(millis))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_of_a_millisecond_round_up() {
        let at = after(Duration::from_millis(10), Duration::from_nanos(1)).unwrap();
        assert_eq!(at, Duration::from_millis(11));
    }

    #[test]
    fn the_last_representable_time_is_still_accepted() {
        let now = Duration::from_millis(7);
        let rest = Duration::from_millis(i64::MAX as u64 - 7);
        assert_eq!(after(now, rest).unwrap(), Duration::from_millis(i64::MAX as u64));
        assert_eq!(after(now, rest + Duration::from_nanos(1)).unwrap_err().code(), 400);
        assert_eq!(after(now, Duration::MAX).unwrap_err().code(), 400);
    }
}

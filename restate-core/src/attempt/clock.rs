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
/// Rounds up, so that nothing happens early. A delay that passes the last representable time, 2^63 - 1
/// milliseconds after the epoch, ends there.
///
/// # Errors
///
/// Code 400 when the delay alone is longer than that. The decision must not depend on `now`: a replay
/// repeats it at a later time, and has to come to the same result.
pub(crate) fn after(now: Duration, delay: Duration) -> Result<Duration, TerminalError> {
    whole_millis(delay)
        .map(|_| whole_millis(now.saturating_add(delay)).unwrap_or(LATEST))
        .ok_or_else(|| {
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

/// The last representable time since the epoch, because engines store times as signed integers.
const LATEST: Duration = Duration::from_millis(i64::MAX as u64);

fn whole_millis(duration: Duration) -> Option<Duration> {
    let millis = u64::try_from(duration.as_nanos().div_ceil(1_000_000)).ok()?;
    Some(Duration::from_millis(millis)).filter(|rounded| *rounded <= LATEST)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_system_clock_counts_from_1970() {
        let a_day_in_2026 = Duration::from_secs(1_770_000_000);
        assert!(SystemClock.now() > a_day_in_2026);
    }

    #[test]
    fn parts_of_a_millisecond_round_up() {
        let at = after(Duration::from_millis(10), Duration::from_nanos(1)).unwrap();
        assert_eq!(at, Duration::from_millis(11));
    }

    #[test]
    fn a_delay_is_refused_by_its_length_alone() {
        for now in [Duration::ZERO, Duration::from_millis(7), LATEST] {
            assert_eq!(after(now, LATEST).unwrap(), LATEST);
            assert_eq!(after(now, LATEST + Duration::from_nanos(1)).unwrap_err().code(), 400);
            assert_eq!(after(now, Duration::MAX).unwrap_err().code(), 400);
        }
    }
}

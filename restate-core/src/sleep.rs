//! Durable timers.

use std::{
    pin::Pin,
    task::{Context, Poll, ready},
    time::Duration,
};

use restate_sdk_shared_core::VM;

use crate::{durable::Durable, error::TerminalError, invocation::Invocation};

/// Resolves when the time has come, however often the process was restarted meanwhile.
#[must_use = "a sleep that nobody awaits does not delay anything"]
#[derive(Debug)]
pub struct Sleep<'a>(Result<Durable<'a>, Option<TerminalError>>);

impl<'a> Sleep<'a> {
    pub(crate) fn start(invocation: &'a Invocation, duration: Duration) -> Self {
        let now = invocation.now();
        Self(after(now, duration).map_err(Some).map(|wake_up| {
            let recorded =
                invocation.record("`sleep`", |vm| vm.sys_sleep(String::new(), wake_up, Some(now)));
            Durable::new(invocation, recorded)
        }))
    }
}

impl Future for Sleep<'_> {
    type Output = Result<(), TerminalError>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        match &mut self.get_mut().0 {
            Ok(durable) => Poll::Ready(ready!(durable.poll_value(cx)).map(|_| ())),
            Err(refusal) => Poll::Ready(Err(refusal.take().expect("polled after completion"))),
        }
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
    const LATEST: u128 = i64::MAX as u128;
    now.checked_add(delay)
        .map(|at| at.as_nanos().div_ceil(1_000_000))
        .filter(|millis| *millis <= LATEST)
        .and_then(|millis| u64::try_from(millis).ok())
        .map(Duration::from_millis)
        .ok_or_else(|| {
            let message = format!(
                "a delay of {} seconds ends after the last representable time",
                delay.as_secs()
            );
            TerminalError::with_code(400, message)
        })
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

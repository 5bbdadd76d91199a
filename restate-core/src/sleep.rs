//! Durable timers.

use std::{
    future::poll_fn,
    pin::pin,
    task::{Poll, ready},
    time::{Duration, SystemTime},
};

use restate_sdk_shared_core::VM;

use crate::{
    error::TerminalError,
    future::{DurableFuture, nothing},
    invocation::Invocation,
};

pub(crate) fn sleep(invocation: &Invocation, duration: Duration) -> DurableFuture<'_, ()> {
    let now = invocation.now();
    match after(now, duration) {
        Ok(wake_up) => {
            let recorded =
                invocation.record("`sleep`", |vm| vm.sys_sleep(String::new(), wake_up, Some(now)));
            DurableFuture::new(invocation, recorded, nothing)
        }
        Err(refusal) => DurableFuture::refused(refusal, nothing),
    }
}

/// What `future` comes to, or code 408 if `sleep` ends before.
pub(crate) async fn timeout<F: Future>(
    sleep: DurableFuture<'_, ()>,
    duration: Duration,
    future: F,
) -> Result<F::Output, TerminalError> {
    let (mut sleep, mut future) = (pin!(sleep), pin!(future));
    poll_fn(|cx| {
        if let Poll::Ready(output) = future.as_mut().poll(cx) {
            return Poll::Ready(Ok(output));
        }
        let slept = ready!(sleep.as_mut().poll(cx));
        Poll::Ready(Err(slept.err().unwrap_or_else(|| {
            TerminalError::with_code(408, format!("timed out after {duration:?}"))
        })))
    })
    .await
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

//! Durable timers.

use std::{
    future::poll_fn,
    pin::pin,
    task::{Poll, ready},
    time::Duration,
};

use restate_sdk_shared_core::VM;

use crate::{
    attempt::{after, convert::nothing, future::DurableFuture, journal::Journal},
    error::TerminalError,
};

pub(crate) fn sleep(journal: &Journal, duration: Duration) -> DurableFuture<'_, ()> {
    let now = journal.now();
    match after(now, duration) {
        Ok(wake_up) => {
            let recorded =
                journal.record("`sleep`", |vm| vm.sys_sleep(String::new(), wake_up, Some(now)));
            DurableFuture::new(journal, recorded, nothing)
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

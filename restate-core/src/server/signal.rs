/// Resolves when the process is asked to end: on SIGINT (Ctrl-C) or SIGTERM.
///
/// Resolves at once if the operating system delivers no signals.
#[cfg(unix)]
pub async fn shutdown_signal() {
    use std::{future::poll_fn, pin::pin};

    use tokio::signal::unix::{SignalKind, signal};

    let signals = signal(SignalKind::interrupt()).and_then(|interrupt| {
        let terminate = signal(SignalKind::terminate())?;
        Ok((interrupt, terminate))
    });
    match signals {
        Ok((mut interrupt, mut terminate)) => {
            let mut interrupted = pin!(interrupt.recv());
            let mut terminated = pin!(terminate.recv());
            poll_fn(|cx| {
                let interrupted = interrupted.as_mut().poll(cx);
                if interrupted.is_ready() { interrupted } else { terminated.as_mut().poll(cx) }
            })
            .await;
        }
        Err(error) => tracing::error!(%error, "cannot listen for signals"),
    }
}

/// Resolves when the process is asked to end: on Ctrl-C.
///
/// Resolves at once if the operating system delivers no signals.
#[cfg(not(unix))]
pub async fn shutdown_signal() {
    if let Err(error) = tokio::signal::ctrl_c().await {
        tracing::error!(%error, "cannot listen for signals");
    }
}

//! Signals of the operating system that end a server.

/// Resolves when the process is asked to end: on SIGINT (Ctrl-C) or SIGTERM.
///
/// Resolves at once if the operating system delivers no signals.
#[cfg(unix)]
pub async fn shutdown_signal() {
    use tokio::signal::unix::{SignalKind, signal};

    let signals = signal(SignalKind::interrupt()).and_then(|interrupt| {
        let terminate = signal(SignalKind::terminate())?;
        Ok((interrupt, terminate))
    });
    match signals {
        Ok((mut interrupt, mut terminate)) => tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
        },
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

//! Serves an endpoint on a socket of its own.

mod connection;

use std::{io, pin::pin, time::Duration};

use hyper_util::server::graceful::GracefulShutdown;
use restate_core::server::{ListenAddress, shutdown_signal};
use tokio::{net::TcpListener, task::JoinSet};
use tracing::{info, warn};

use self::connection::Connection;
use crate::endpoint::Endpoint;

impl Endpoint {
    /// Listens on `address` and runs until the [`shutdown_signal`]; see [`run_until`](Self::run_until).
    ///
    /// # Errors
    ///
    /// When the address is malformed or cannot be listened on.
    pub async fn listen(self, address: impl Into<ListenAddress>) -> io::Result<()> {
        self.run_until(address, shutdown_signal()).await
    }

    /// Listens on `address` and runs until `signal` resolves, then shuts down.
    ///
    /// At shutdown it accepts no more connections and lets running attempts suspend. Returns once they
    /// have, or after the [shutdown timeout](crate::EndpointBuilder::shutdown_timeout).
    ///
    /// # Errors
    ///
    /// When the address is malformed or cannot be listened on.
    pub async fn run_until(
        self,
        address: impl Into<ListenAddress>,
        signal: impl Future,
    ) -> io::Result<()> {
        let listener = address.into().bind().await?;
        self.serve_until(listener, signal).await;
        Ok(())
    }

    async fn serve_until(self, listener: TcpListener, signal: impl Future) {
        if let Ok(address) = listener.local_addr() {
            info!(%address, "serving");
        }
        let connection = Connection::new(self.clone());
        let graceful = GracefulShutdown::new();
        let mut running = JoinSet::new();
        let mut signal = pin!(signal);
        loop {
            tokio::select! {
                biased;
                _ = &mut signal => break,
                accepted = listener.accept() => match accepted {
                    Ok((stream, _)) => {
                        running.spawn(connection.clone().accept(stream, graceful.watcher()));
                    }
                    Err(error) => wait_after(&error).await,
                },
                // Frees what the set keeps of connections that have ended.
                Some(_) = running.join_next() => {}
            }
        }
        drop(listener);
        self.drain();
        let timeout = self.parts().shutdown_timeout;
        if tokio::time::timeout(timeout, graceful.shutdown()).await.is_err() {
            warn!(?timeout, "attempts that did not suspend in time are dropped");
        }
    }
}

/// Waits before the next connection is accepted, if accepting one failed.
///
/// A client that closed its connection early is no reason to wait. Other errors, such as too many
/// open files, do not go away by accepting again at once; that would only use up a processor.
async fn wait_after(error: &io::Error) {
    use io::ErrorKind::{ConnectionAborted, ConnectionRefused, ConnectionReset};

    if !matches!(error.kind(), ConnectionAborted | ConnectionRefused | ConnectionReset) {
        warn!(%error, "cannot accept connections");
        tokio::time::sleep(Duration::from_secs(1)).await;
    }
}

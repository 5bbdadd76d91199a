//! Serves an endpoint on a socket of its own.

mod connection;
mod in_flight;

use std::io;

use restate_core::server::{ListenAddress, accept, shutdown_signal};
use tokio::net::TcpListener;
use tracing::info;

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
        let parts = self.parts();
        let stop = async {
            signal.await;
            self.drain();
        };
        let answers_in_plain = !parts.serves_tls();
        let serve = |stream, connection| connection::serve(self.clone(), stream, connection);
        let timeout = parts.shutdown_timeout;
        accept(listener, &parts.admission, stop, timeout, answers_in_plain, serve).await;
    }
}

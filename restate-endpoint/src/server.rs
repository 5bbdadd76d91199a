//! Serves an endpoint on a socket of its own.

mod connection;
mod in_flight;

use std::{io, net};

use restate_core::server::{HandlerThreads, ListenAddress, ServerThread, accept, shutdown_signal};
use tokio::{net::TcpListener, runtime::Handle, sync::oneshot};
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
        info!(address = %listener.local_addr()?, "serving");
        let listener = listener.into_std()?;
        // Connections run with their attempts. The other thread accepts them, answers health checks and
        // keeps the time of the shutdown, whatever handlers do.
        let handlers = HandlerThreads::start(self.parts().handler_threads)?;
        let thread = ServerThread::start()?;
        let (stop, stopped) = oneshot::channel();
        let serving = serve(self.clone(), listener, stopped, handlers.runtime().clone());
        let served = thread.runtime().spawn(serving);
        signal.await;
        self.drain();
        // Fails if the thread has ended.
        let _ = stop.send(());
        served.await.map_err(io::Error::other)?
    }
}

async fn serve(
    endpoint: Endpoint,
    listener: net::TcpListener,
    stopped: oneshot::Receiver<()>,
    handlers: Handle,
) -> io::Result<()> {
    // Registers with the reactor of this thread.
    let listener = TcpListener::from_std(listener)?;
    let parts = endpoint.parts();
    let answers_in_plain = !parts.serves_tls();
    let serve = |stream, connection| {
        connection::serve(endpoint.clone(), stream, connection, handlers.clone())
    };
    let timeout = parts.shutdown_timeout;
    accept(listener, &parts.admission, stopped, timeout, answers_in_plain, serve).await;
    Ok(())
}

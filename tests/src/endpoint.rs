//! An endpoint in the process of a test.

use std::net::SocketAddr;

use restate_endpoint::EndpointBuilder;
use tokio::{net::TcpListener, sync::oneshot, task::JoinHandle};

/// A running endpoint. Dropping this stops it as [`stop`](Self::stop) does, without waiting.
#[derive(Debug)]
pub struct RunningEndpoint {
    address: SocketAddr,
    shutdown: oneshot::Sender<()>,
    task: JoinHandle<()>,
}

impl RunningEndpoint {
    /// Serves the services of `builder` at `address`.
    ///
    /// # Panics
    ///
    /// If the services are in conflict or the address is not available.
    pub async fn start(builder: EndpointBuilder, address: SocketAddr) -> Self {
        let endpoint = builder.build().expect("what is bound goes together");
        let listener = TcpListener::bind(address).await.expect("the address is free");
        let address = listener.local_addr().expect("a listener has an address");
        let (shutdown, told) = oneshot::channel();
        let task = tokio::spawn(async {
            // Dropping the sender is a signal, too.
            endpoint.run_until(listener, told).await.expect("the listener is bound");
        });
        Self { address, shutdown, task }
    }

    /// Its address.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Stops it gracefully, and waits until its invocations have suspended.
    ///
    /// # Panics
    ///
    /// If it has panicked.
    pub async fn stop(self) {
        drop(self.shutdown);
        self.task.await.expect("an endpoint does not panic");
    }

    /// Aborts it, as a crash would.
    pub async fn crash(self) {
        self.task.abort();
        // An aborted task ends with an error.
        let _ = self.task.await;
    }
}

//! An endpoint of a test's own, in its process.

use std::net::SocketAddr;

use restate_endpoint::EndpointBuilder;
use tokio::{net::TcpListener, sync::oneshot, task::JoinHandle};

/// An endpoint that serves; dropping this stops it as [`stop`](Self::stop) does, but without waiting.
#[derive(Debug)]
pub struct RunningEndpoint {
    address: SocketAddr,
    shutdown: oneshot::Sender<()>,
    task: JoinHandle<()>,
}

impl RunningEndpoint {
    /// Serves what `builder` has bound at `address`.
    ///
    /// # Panics
    ///
    /// When what was bound does not go together, or nobody can listen there.
    pub async fn start(builder: EndpointBuilder, address: SocketAddr) -> Self {
        let endpoint = builder.build().expect("what is bound goes together");
        let listener = TcpListener::bind(address).await.expect("the address is free");
        let address = listener.local_addr().expect("a listener has an address");
        let (shutdown, told) = oneshot::channel();
        let task = tokio::spawn(endpoint.serve_until(listener, async {
            // The end of the sender is the signal, too.
            let _ = told.await;
        }));
        Self { address, shutdown, task }
    }

    /// Where a server reaches it.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Tells it to stop, and waits until its invocations have suspended.
    ///
    /// # Panics
    ///
    /// When it has panicked.
    pub async fn stop(self) {
        drop(self.shutdown);
        self.task.await.expect("an endpoint does not panic");
    }

    /// Ends it in the middle of what it does.
    pub async fn crash(self) {
        self.task.abort();
        // The end of a task that was aborted is an error.
        let _ = self.task.await;
    }
}

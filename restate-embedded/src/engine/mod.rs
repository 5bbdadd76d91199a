//! The engine as its users see it, the thread that drives it, and the attempts that it runs.

mod attempt;
mod builder;
mod client;
mod directory;
pub(crate) mod driver;
pub(crate) mod error;
pub(crate) mod handle;
pub(crate) mod hooks;
pub(crate) mod inbox;
mod serving;
mod signal;

pub use builder::Builder;
pub use client::{Client, ClientError};
pub use error::{EngineError, StartError};
pub use signal::shutdown_signal;

use std::{
    fmt,
    future::poll_fn,
    net::SocketAddr,
    pin::{Pin, pin},
    sync::Arc,
    task::Poll,
    thread,
    time::Duration,
};

use tokio::sync::oneshot;
use tracing::error;

use self::{
    driver::Driver,
    handle::Port,
    inbox::{Inbox, Mail},
    serving::Servers,
};
use crate::store::StoreError;

/// A durable engine that runs in this process.
///
/// Invocations that were accepted, by the ingress or a [`Client`], are finished sooner or later,
/// whatever happens to the process in between. Dropping an engine stops it where it is, as a
/// crash would; [`shutdown`](Self::shutdown) lets what runs come to a point where it can wait.
///
/// ```no_run
/// use restate_embedded::Engine;
///
/// # async fn run(greeter: impl restate_core::Service) -> Result<(), Box<dyn std::error::Error>> {
/// let engine = Engine::builder()
///     .bind(greeter)
///     .data_dir("./restate-data")
///     .ingress("127.0.0.1:8080")
///     .start()
///     .await?;
/// engine.run_until(restate_embedded::shutdown_signal()).await?;
/// # Ok(())
/// # }
/// ```
pub struct Engine {
    port: Port,
    servers: Servers,
    core: Core,
    shutdown_timeout: Duration,
}

impl Engine {
    /// An engine to be configured and started.
    pub fn builder() -> Builder {
        Builder::new()
    }

    /// Calls handlers from this process, without a socket.
    pub fn client(&self) -> Client {
        Client::new(self.port.clone())
    }

    /// Where the ingress listens, if there is one.
    pub fn ingress_addr(&self) -> Option<SocketAddr> {
        self.servers.ingress_addr()
    }

    /// Where the admin interface listens, if there is one.
    pub fn admin_addr(&self) -> Option<SocketAddr> {
        self.servers.admin_addr()
    }

    pub(crate) fn port(&self) -> &Port {
        &self.port
    }

    /// Runs until `signal` resolves, then shuts down.
    ///
    /// # Errors
    ///
    /// As soon as the engine stops by itself, because its store failed.
    pub async fn run_until(mut self, signal: impl Future) -> Result<(), EngineError> {
        let mut signal = pin!(signal);
        let ended = poll_fn(|cx| match Pin::new(&mut self.core.ended).poll(cx) {
            Poll::Ready(ended) => Poll::Ready(Some(ended)),
            Poll::Pending => signal.as_mut().poll(cx).map(|_| None),
        });
        match ended.await {
            Some(ended) => outcome(ended),
            None => self.shutdown().await,
        }
    }

    /// Stops: accepts nothing more, lets running handlers suspend, closes the store.
    ///
    /// Handlers that do not wait for anything within the shutdown timeout are stopped where they
    /// are. Everything that is not finished goes on at the next start.
    ///
    /// # Errors
    ///
    /// When the store fails, or has failed before.
    pub async fn shutdown(mut self) -> Result<(), EngineError> {
        let servers = self.servers.stop();
        self.core.inbox.push(Mail::Shutdown { deadline: self.shutdown_timeout });
        let ended = (&mut self.core.ended).await;
        servers.await;
        outcome(ended)
    }
}

fn outcome(
    ended: Result<Result<(), StoreError>, oneshot::error::RecvError>,
) -> Result<(), EngineError> {
    match ended {
        Ok(ended) => ended.map_err(EngineError::store),
        Err(_) => Err(EngineError::panicked()),
    }
}

impl fmt::Debug for Engine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Engine")
            .field("services", &self.port.catalog)
            .field("ingress", &self.ingress_addr())
            .finish_non_exhaustive()
    }
}

/// The thread on which machine and store run.
#[derive(Debug)]
pub(crate) struct Core {
    inbox: Arc<Inbox>,
    thread: Option<thread::JoinHandle<()>>,
    ended: oneshot::Receiver<Result<(), StoreError>>,
}

impl Core {
    /// Starts the thread; returns once it has taken over what an earlier process left.
    pub(crate) async fn start(driver: Driver) -> Result<Self, StartError> {
        let inbox = Arc::clone(&driver.inbox);
        let (end, ended) = oneshot::channel();
        let (recovered, ready) = oneshot::channel();
        let thread = thread::Builder::new()
            .name("restate-engine".into())
            .spawn(move || {
                let outcome = driver.run(recovered);
                if let Err(failure) = &outcome {
                    error!("the engine stops: {failure}");
                }
                // Nobody listens to the end of an engine that was dropped.
                drop(end.send(outcome));
            })
            .map_err(StartError::Thread)?;
        let mut core = Self { inbox, thread: Some(thread), ended };
        if ready.await.is_err()
            && let Ok(Err(error)) = (&mut core.ended).await
        {
            return Err(StartError::Store(error));
        }
        Ok(core)
    }
}

impl Drop for Core {
    fn drop(&mut self) {
        self.inbox.push(Mail::Abort);
        if let Some(thread) = self.thread.take() {
            // A panic of the thread was reported through `ended`.
            drop(thread.join());
        }
    }
}

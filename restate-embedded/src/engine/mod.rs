//! The engine, its thread, the clients in the same process, and the attempts that it runs.

mod actions;
mod attempt;
mod borrowed;
mod builder;
pub(crate) mod client;
mod crash_log;
mod directory;
mod disk_sync;
pub(crate) mod driver;
mod driver_state;
pub(crate) mod error;
pub(crate) mod handle;
pub(crate) mod hooks;
pub(crate) mod inbox;
pub(crate) mod metrics;
mod opening;
mod pipe;
pub(crate) mod remote;
mod report;
mod serving;
mod shared_queue;
mod wakes;

pub use builder::EngineBuilder;
pub use client::{
    Attachment, Awakeable, Client, ClientError, ClientFuture, InvocationHandle, WorkflowHandle,
    WorkflowPromise, WorkflowRuns,
};
pub use error::{EngineBuildError, EngineError};
#[cfg(feature = "deployments")]
pub use remote::address::DeploymentAddress;

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
    handle::EngineHandle,
    inbox::{Command, Inbox},
    serving::Servers,
};
use crate::store::StoreError;

/// A durable engine that runs in this process.
///
/// Every invocation that was accepted, by the ingress or a [`Client`], runs to its end, even if the
/// process crashes in between. Dropping an engine stops it at once, as a crash would;
/// [`shutdown`](Self::shutdown) lets running handlers suspend first.
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
    handle: EngineHandle,
    servers: Servers,
    #[cfg(feature = "deployments")]
    _registering: remote::registration::Registering,
    thread: EngineThread,
    shutdown_timeout: Duration,
}

impl Engine {
    /// Configures an engine.
    pub fn builder() -> EngineBuilder {
        EngineBuilder::new()
    }

    /// A client that calls handlers from this process, without a socket.
    pub fn client(&self) -> Client {
        Client::new(self.handle.clone())
    }

    /// What the engine counts, in the text format of Prometheus: requests, invocations, attempts, timers,
    /// commits, and figures of the process.
    ///
    /// The admin interface answers with the same at `/metrics`. This is for programs that have an interface
    /// for Prometheus of their own. `docs/metrics.md` of the repository lists all metrics.
    pub fn metrics(&self) -> String {
        self.handle.metrics.text()
    }

    /// The address of the ingress, if one was configured.
    pub fn ingress_addr(&self) -> Option<SocketAddr> {
        self.servers.ingress_addr()
    }

    /// The address of the admin interface, if one was configured.
    pub fn admin_addr(&self) -> Option<SocketAddr> {
        self.servers.admin_addr()
    }

    #[cfg(any(test, feature = "testing"))]
    pub(crate) fn handle(&self) -> &EngineHandle {
        &self.handle
    }

    /// Runs until `signal` resolves, then shuts down.
    ///
    /// # Errors
    ///
    /// When the store fails; the engine stops then without waiting for `signal`.
    pub async fn run_until(mut self, signal: impl Future) -> Result<(), EngineError> {
        let mut signal = pin!(signal);
        let ended = poll_fn(|cx| match Pin::new(&mut self.thread.ended).poll(cx) {
            Poll::Ready(ended) => Poll::Ready(Some(ended)),
            Poll::Pending => signal.as_mut().poll(cx).map(|_| None),
        });
        match ended.await {
            Some(ended) => outcome(ended),
            None => self.shutdown().await,
        }
    }

    /// Stops accepting requests, lets running handlers suspend, and closes the store.
    ///
    /// Handlers that do not suspend within the shutdown timeout are stopped where they are. The next
    /// start resumes every invocation that is not finished.
    ///
    /// # Errors
    ///
    /// When the store fails, or has failed before.
    pub async fn shutdown(mut self) -> Result<(), EngineError> {
        let servers = self.servers.stop();
        self.thread.inbox.push(Command::Shutdown { deadline: self.shutdown_timeout });
        let ended = (&mut self.thread.ended).await;
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
            .field("services", &self.handle.catalog())
            .field("ingress", &self.ingress_addr())
            .finish_non_exhaustive()
    }
}

/// The thread that runs the driver.
#[derive(Debug)]
pub(crate) struct EngineThread {
    inbox: Arc<Inbox>,
    thread: Option<thread::JoinHandle<()>>,
    ended: oneshot::Receiver<Result<(), StoreError>>,
}

impl EngineThread {
    /// Starts the thread; returns once it has resumed what an earlier process left unfinished.
    pub(crate) async fn start(driver: Box<Driver>) -> Result<Self, EngineBuildError> {
        let inbox = Arc::clone(&driver.inbox);
        let (end, ended) = oneshot::channel();
        let (recovered, ready) = oneshot::channel();
        let thread = thread::Builder::new()
            .name("restate-engine".into())
            .spawn(move || {
                let outcome = driver.run(recovered);
                if let Err(failure) = &outcome {
                    error!("the engine has stopped: {failure}");
                }
                // Fails if the engine was dropped: nobody waits for its end then.
                drop(end.send(outcome));
            })
            .map_err(EngineBuildError::Thread)?;
        let mut thread = Self { inbox, thread: Some(thread), ended };
        if ready.await.is_err() {
            match (&mut thread.ended).await {
                Ok(Err(error)) => return Err(EngineBuildError::Store(error)),
                Err(_) => return Err(EngineBuildError::Panicked { message: thread.panic() }),
                Ok(Ok(())) => {}
            }
        }
        Ok(thread)
    }
}

impl EngineThread {
    /// What the thread panicked with.
    fn panic(&mut self) -> String {
        let panic = self.thread.take().and_then(|thread| thread.join().err());
        let text = panic.as_deref().and_then(|panic| {
            let text = panic.downcast_ref::<&str>().copied();
            text.or_else(|| panic.downcast_ref::<String>().map(String::as_str))
        });
        text.unwrap_or("without a message").to_owned()
    }
}

impl Drop for EngineThread {
    fn drop(&mut self) {
        self.inbox.push(Command::Abort);
        if let Some(thread) = self.thread.take() {
            // Whoever waits for `ended` has learned of a panic: the sender was dropped.
            drop(thread.join());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::{Intercept, InterceptedStore, MemoryStore, Write};

    /// A store that the engine panics on while it recovers.
    struct Panics;

    impl Intercept for Panics {
        fn apply(&mut self, memory: &mut MemoryStore, write: Write) -> Result<(), StoreError> {
            crate::store::Reads::apply(memory, write)
        }

        fn commit(&mut self, _: &mut MemoryStore) -> Result<(), StoreError> {
            panic!("a row makes no sense")
        }
    }

    #[tokio::test]
    async fn a_panic_during_recovery_is_reported_by_start() {
        let store = InterceptedStore { memory: MemoryStore::default(), intercept: Panics };
        let error = Engine::builder().store(store).start().await.unwrap_err().to_string();
        assert!(error.contains("a row makes no sense"), "{error}");
    }

    /// Fails with the first commit after the start.
    #[cfg(feature = "grpc")]
    #[derive(Default)]
    struct FailsLater {
        is_full: Arc<std::sync::atomic::AtomicBool>,
    }

    #[cfg(feature = "grpc")]
    impl Intercept for FailsLater {
        fn apply(&mut self, memory: &mut MemoryStore, write: Write) -> Result<(), StoreError> {
            crate::store::Reads::apply(memory, write)
        }

        fn commit(&mut self, _: &mut MemoryStore) -> Result<(), StoreError> {
            match self.is_full.load(std::sync::atomic::Ordering::Relaxed) {
                true => Err(StoreError::new("commit", "the disk is full")),
                false => Ok(()),
            }
        }
    }

    #[cfg(feature = "grpc")]
    #[tokio::test]
    async fn who_watches_the_engine_sees_that_its_store_has_failed() {
        let intercept = FailsLater::default();
        let is_full = Arc::clone(&intercept.is_full);
        let store = InterceptedStore { memory: MemoryStore::default(), intercept };
        let engine = Engine::builder().store(store).start().await.unwrap();
        let mut serving = engine.handle.serving.subscribe();
        assert_eq!(*serving.borrow(), restate_grpc::Serving::Serving);
        is_full.store(true, std::sync::atomic::Ordering::Relaxed);
        let request = handle::InvokeRequest {
            target: crate::model::target::Target::new("Nobody", "home", ""),
            idempotency_key: None,
            limit_key: None,
            headers: Vec::new(),
            body: bytes::Bytes::new(),
            delay: None,
        };
        let sent = engine.handle.send(request).await;
        assert_eq!(sent.unwrap_err(), handle::HandleError::Stopped);
        serving.wait_for(|now| *now == restate_grpc::Serving::Failed).await.unwrap();
    }
}

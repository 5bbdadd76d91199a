//! The threads that run handlers, and nothing else.

use std::{fmt, io, num::NonZeroUsize, sync::Arc};

use tokio::{
    runtime::{self, Handle, Runtime},
    task::AbortHandle,
};

use super::blocking::watched;

/// Threads that run handlers.
///
/// Handlers may block their threads, though they should not. Other handlers have to wait then, but
/// neither servers nor engine do, as these have threads of their own.
#[derive(Debug)]
pub struct HandlerThreads {
    handle: Handle,
    /// `None` if the threads belong to somebody else.
    own: Option<Runtime>,
}

impl HandlerThreads {
    /// Starts this many threads; by default as many as the machine has processors.
    ///
    /// # Errors
    ///
    /// When the operating system refuses to start threads.
    pub fn start(count: Option<NonZeroUsize>) -> io::Result<Self> {
        let mut builder = runtime::Builder::new_multi_thread();
        builder.enable_all().thread_name("restate-handler");
        if let Some(count) = count {
            builder.worker_threads(count.get());
        }
        let runtime = builder.build()?;
        Ok(Self { handle: runtime.handle().clone(), own: Some(runtime) })
    }

    /// The threads of the tokio runtime that this is called in, which handlers can occupy.
    ///
    /// # Panics
    ///
    /// Outside of a runtime.
    pub fn current() -> Self {
        Self { handle: Handle::current(), own: None }
    }

    /// The runtime of the threads.
    pub fn runtime(&self) -> &Handle {
        &self.handle
    }

    /// What spawns handlers on these threads, for as long as they exist.
    pub fn spawner(&self) -> HandlerSpawner {
        HandlerSpawner(self.handle.clone())
    }
}

impl Drop for HandlerThreads {
    fn drop(&mut self) {
        // Does not wait for handlers that block.
        if let Some(runtime) = self.own.take() {
            runtime.shutdown_background();
        }
    }
}

/// Spawns handlers on [`HandlerThreads`].
#[derive(Clone, Debug)]
pub struct HandlerSpawner(Handle);

impl HandlerSpawner {
    /// Runs an attempt of a handler. A warning with `name` is logged if it blocks its thread.
    pub fn spawn<N>(
        &self,
        name: Arc<N>,
        attempt: impl Future<Output = ()> + Send + 'static,
    ) -> AbortHandle
    where
        N: fmt::Display + Send + Sync + 'static,
    {
        self.0.spawn(watched(name, attempt)).abort_handle()
    }
}

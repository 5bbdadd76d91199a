use std::{io, thread};

use tokio::{
    runtime::{self, Handle},
    sync::oneshot,
};

/// A thread for servers, which handlers cannot block: it has a runtime of its own.
///
/// Dropping it ends the thread and the tasks on it.
#[derive(Debug)]
pub struct ServerThread {
    runtime: Handle,
    /// Dropped with this, which ends the thread.
    _stop: oneshot::Sender<()>,
}

impl ServerThread {
    /// Starts the thread.
    ///
    /// # Errors
    ///
    /// When the operating system refuses a thread or the files of a runtime.
    pub fn start() -> io::Result<Self> {
        let runtime = runtime::Builder::new_current_thread().enable_all().build()?;
        let handle = runtime.handle().clone();
        let (stop, stopped) = oneshot::channel::<()>();
        thread::Builder::new().name("restate-servers".into()).spawn(move || {
            // Fails when the sender is dropped, which is the signal.
            let _ = runtime.block_on(stopped);
            // Does not wait for what the blocking pool does.
            runtime.shutdown_background();
        })?;
        Ok(Self { runtime: handle, _stop: stop })
    }

    /// The runtime of the thread.
    pub fn runtime(&self) -> &Handle {
        &self.runtime
    }
}

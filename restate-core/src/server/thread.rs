use std::{io, thread};

use tokio::{
    runtime::{self, Handle},
    sync::oneshot,
};

/// A thread for servers, which handlers cannot block: it has a runtime of its own.
///
/// Dropping it ends the thread and the tasks on it, and closes their sockets before it returns.
#[derive(Debug)]
pub struct ServerThread {
    runtime: Handle,
    /// Dropped to end the thread.
    stop: Option<oneshot::Sender<()>>,
    thread: Option<thread::JoinHandle<()>>,
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
        let thread = thread::Builder::new().name("restate-servers".into()).spawn(move || {
            // Fails when the sender is dropped, which is the signal.
            let _ = runtime.block_on(stopped);
            // Does not wait for what the blocking pool does.
            runtime.shutdown_background();
        })?;
        Ok(Self { runtime: handle, stop: Some(stop), thread: Some(thread) })
    }

    /// The runtime of the thread.
    pub fn runtime(&self) -> &Handle {
        &self.runtime
    }
}

impl Drop for ServerThread {
    fn drop(&mut self) {
        drop(self.stop.take());
        // Takes no longer than the poll of a task: another server may listen on the same address next.
        // A panic has been reported by the thread.
        if let Some(thread) = self.thread.take() {
            drop(thread.join());
        }
    }
}

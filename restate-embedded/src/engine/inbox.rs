use std::{
    fmt, mem,
    sync::{Condvar, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use tokio::sync::oneshot;

use crate::{
    machine::{Input, Machine, Reply, Waiter},
    store::{Store, StoreError},
};

/// The queue of the engine's thread: what arrives during a round waits here for the next one.
#[derive(Debug, Default)]
pub(crate) struct Inbox {
    state: Mutex<InboxState>,
    arrived: Condvar,
}

#[derive(Debug, Default)]
struct InboxState {
    commands: Vec<Command>,
    /// Whether the thread sleeps and nobody has woken it yet. Waking it is a system call even if it
    /// does not sleep, so only the first command does it.
    asleep: bool,
    closed: bool,
}

/// A function that sees the machine and the store.
pub(crate) struct Inspect(pub(crate) Look);

pub(crate) type Look = Box<dyn FnOnce(&Machine, &mut dyn Store) + Send>;

impl fmt::Debug for Inspect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Inspect")
    }
}

/// What the engine's thread is told to do.
#[derive(Debug)]
pub(crate) enum Command {
    /// Step the machine.
    Input(Input),
    /// Step the machine with a request of a client, and send this waiter its reply.
    Request { input: Input, waiter: Waiter, reply: oneshot::Sender<Reply> },
    /// Call this with the machine and the store, once everything before it is durable.
    Inspect(Inspect),
    /// Ask running attempts to suspend, then stop: after this time, whether they have or not.
    Shutdown { deadline: Duration },
    /// Stop, as the store cannot be read.
    StoreFailed(StoreError),
    /// Stop at once, as a crash would.
    Abort,
}

impl Inbox {
    /// Adds a command. An engine that has stopped drops it, and with it the sender of its reply.
    pub(crate) fn push(&self, command: Command) {
        let wake = {
            let mut state = self.lock();
            if state.closed {
                return;
            }
            state.commands.push(command);
            mem::take(&mut state.asleep)
        };
        if wake {
            self.arrived.notify_one();
        }
    }

    /// Everything that has arrived; waits up to `timeout` for the first command.
    pub(crate) fn take(&self, timeout: Duration) -> Vec<Command> {
        let mut state = self.lock();
        state.asleep = state.commands.is_empty();
        let (mut state, _) = self
            .arrived
            .wait_timeout_while(state, timeout, |state| state.commands.is_empty())
            .unwrap_or_else(PoisonError::into_inner);
        state.asleep = false;
        mem::take(&mut state.commands)
    }

    /// Whether nothing has arrived.
    #[cfg(any(test, feature = "testing"))]
    pub(crate) fn is_empty(&self) -> bool {
        self.lock().commands.is_empty()
    }

    /// Drops what has arrived, and everything that arrives from now on.
    pub(crate) fn close(&self) {
        let mut state = self.lock();
        state.closed = true;
        state.commands.clear();
    }

    fn lock(&self) -> MutexGuard<'_, InboxState> {
        // No panic is possible while the lock is held: what it guards is always consistent.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use std::{sync::Arc, thread, time::Duration};

    use super::{Command, Inbox};

    #[test]
    fn every_command_wakes_a_sleeping_engine() {
        const LONG: Duration = Duration::from_secs(60);

        let inboxes = [(); 2].map(|()| Arc::new(Inbox::default()));
        let [to, back] = inboxes.clone();
        let echo = thread::spawn(move || {
            for _ in 0..1000 {
                assert_eq!(to.take(LONG).len(), 1);
                back.push(Command::Abort);
            }
        });
        let [to, back] = inboxes;
        for _ in 0..1000 {
            to.push(Command::Abort);
            assert_eq!(back.take(LONG).len(), 1);
        }
        echo.join().unwrap();
    }

    #[test]
    fn commands_that_came_before_are_taken_at_once() {
        let inbox = Inbox::default();
        inbox.push(Command::Abort);
        inbox.push(Command::Abort);
        assert_eq!(inbox.take(Duration::MAX).len(), 2);
        assert!(inbox.take(Duration::ZERO).is_empty());
        inbox.close();
        inbox.push(Command::Abort);
        assert!(inbox.is_empty());
    }
}

use std::{
    fmt, mem,
    sync::{Condvar, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use tokio::sync::oneshot;

use crate::{
    machine::{Input, Machine, Reply, Waiter},
    store::Store,
};

/// What arrives at the engine while it is busy with what came before.
#[derive(Debug, Default)]
pub(crate) struct Inbox {
    state: Mutex<State>,
    arrived: Condvar,
}

#[derive(Debug, Default)]
struct State {
    mail: Vec<Mail>,
    closed: bool,
}

/// Looks at an engine from within.
pub(crate) struct Inspect(pub(crate) Look);

/// What looks.
pub(crate) type Look = Box<dyn FnOnce(&Machine, &mut dyn Store) + Send>;

impl fmt::Debug for Inspect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Inspect")
    }
}

/// Something for the engine.
#[derive(Debug)]
pub(crate) enum Mail {
    /// For the machine.
    Input(Input),
    /// For the machine, which will reply to the waiter.
    Request { input: Input, waiter: Waiter, reply: oneshot::Sender<Reply> },
    /// Let this look at the machine and the store, once everything before is durable.
    Inspect(Inspect),
    /// Let virtual time pass.
    Advance { by: Duration, done: oneshot::Sender<()> },
    /// Suspend what runs, then stop; after this time in any case.
    Shutdown { deadline: Duration },
    /// Stop where it is, as a crash would.
    Abort,
}

impl Inbox {
    /// Adds mail. An engine that has stopped ignores it, and so drops the sender of a reply.
    pub(crate) fn push(&self, mail: Mail) {
        let mut state = self.lock();
        if !state.closed {
            state.mail.push(mail);
            self.arrived.notify_one();
        }
    }

    /// Everything that has arrived; waits for it up to `timeout`.
    pub(crate) fn take(&self, timeout: Duration) -> Vec<Mail> {
        let (mut state, _) = self
            .arrived
            .wait_timeout_while(self.lock(), timeout, |state| state.mail.is_empty())
            .unwrap_or_else(PoisonError::into_inner);
        mem::take(&mut state.mail)
    }

    /// Whether nothing has arrived.
    pub(crate) fn is_empty(&self) -> bool {
        self.lock().mail.is_empty()
    }

    /// Refuses mail from now on, and drops what has arrived.
    pub(crate) fn close(&self) {
        let mut state = self.lock();
        state.closed = true;
        state.mail.clear();
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        // A list of mail is whole at any point; a panic elsewhere does not change that.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

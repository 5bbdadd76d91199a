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
    /// Whether the engine sleeps until mail arrives, and has not been woken yet: to wake is a system
    /// call, also if nobody sleeps.
    asleep: bool,
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
    /// Suspend what runs, then stop; after this time in any case.
    Shutdown { deadline: Duration },
    /// Stop where it is, as a crash would.
    Abort,
}

impl Inbox {
    /// Adds mail. An engine that has stopped ignores it, and so drops the sender of a reply.
    pub(crate) fn push(&self, mail: Mail) {
        let wake = {
            let mut state = self.lock();
            if state.closed {
                return;
            }
            state.mail.push(mail);
            mem::take(&mut state.asleep)
        };
        if wake {
            self.arrived.notify_one();
        }
    }

    /// Everything that has arrived; waits for it up to `timeout`.
    pub(crate) fn take(&self, timeout: Duration) -> Vec<Mail> {
        let mut state = self.lock();
        state.asleep = state.mail.is_empty();
        let (mut state, _) = self
            .arrived
            .wait_timeout_while(state, timeout, |state| state.mail.is_empty())
            .unwrap_or_else(PoisonError::into_inner);
        state.asleep = false;
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

#[cfg(test)]
mod tests {
    use std::{sync::Arc, thread, time::Duration};

    use super::{Inbox, Mail};

    #[test]
    fn mail_wakes_an_engine_that_sleeps_each_time() {
        const LONG: Duration = Duration::from_secs(60);

        let inboxes = [(); 2].map(|()| Arc::new(Inbox::default()));
        let [to, back] = inboxes.clone();
        let echo = thread::spawn(move || {
            for _ in 0..1000 {
                assert_eq!(to.take(LONG).len(), 1);
                back.push(Mail::Abort);
            }
        });
        let [to, back] = inboxes;
        for _ in 0..1000 {
            to.push(Mail::Abort);
            assert_eq!(back.take(LONG).len(), 1);
        }
        echo.join().unwrap();
    }

    #[test]
    fn mail_that_came_before_is_taken_at_once() {
        let inbox = Inbox::default();
        inbox.push(Mail::Abort);
        inbox.push(Mail::Abort);
        assert_eq!(inbox.take(Duration::MAX).len(), 2);
        assert!(inbox.take(Duration::ZERO).is_empty());
        inbox.close();
        inbox.push(Mail::Abort);
        assert!(inbox.is_empty());
    }
}

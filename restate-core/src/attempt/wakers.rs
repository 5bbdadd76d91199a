//! Wake-ups of a handler, while its attempt is polled and while it is not.

use std::{
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    task::{Wake, Waker},
};

/// Knows whether anything the handler waits for has woken it, and passes that on to the task.
///
/// While the attempt is being polled a wake-up is only noted: the loop there sees it. `leave`
/// and `wake` each write one flag and then read the other, so one of them sees the wake-up.
pub(super) struct Wakes {
    woken: AtomicBool,
    polling: AtomicBool,
    task: Mutex<Waker>,
}

impl Default for Wakes {
    fn default() -> Self {
        Self {
            woken: AtomicBool::new(true),
            polling: AtomicBool::new(false),
            task: Mutex::new(Waker::noop().clone()),
        }
    }
}

impl Wakes {
    pub(super) fn enter(&self, task: &Waker) {
        self.task.lock().unwrap_or_else(PoisonError::into_inner).clone_from(task);
        self.polling.store(true, Ordering::SeqCst);
    }

    /// False if the handler was woken since it was last polled.
    pub(super) fn leave(&self) -> bool {
        self.polling.store(false, Ordering::SeqCst);
        !self.woken.load(Ordering::SeqCst)
    }

    pub(super) fn take(&self) -> bool {
        self.woken.swap(false, Ordering::SeqCst)
    }
}

impl Wake for Wakes {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        self.woken.store(true, Ordering::SeqCst);
        if !self.polling.load(Ordering::SeqCst) {
            self.task.lock().unwrap_or_else(PoisonError::into_inner).wake_by_ref();
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::AtomicUsize;

    use super::*;

    #[derive(Default)]
    struct Task(AtomicUsize);

    impl Wake for Task {
        fn wake(self: Arc<Self>) {
            self.0.fetch_add(1, Ordering::Relaxed);
        }
    }

    #[test]
    fn a_wake_up_reaches_the_loop_while_it_polls_and_the_task_otherwise() {
        let (wakes, task) = (Arc::new(Wakes::default()), Arc::new(Task::default()));
        let handler = Waker::from(Arc::clone(&wakes));
        let woken = || task.0.load(Ordering::Relaxed);
        wakes.enter(&Waker::from(Arc::clone(&task)));
        assert!(wakes.take(), "a handler is polled first without being woken");
        handler.wake_by_ref();
        assert!(!wakes.leave(), "it is to be polled again");
        assert_eq!(woken(), 0);
        assert!(wakes.take() && !wakes.take(), "once");
        assert!(wakes.leave());
        handler.wake();
        assert_eq!(woken(), 1);
        assert!(wakes.take());
    }
}

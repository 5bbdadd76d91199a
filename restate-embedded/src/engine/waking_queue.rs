use std::{
    fmt, mem,
    sync::{Condvar, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

/// The queue of a thread that takes everything that has arrived at once, and sleeps while nothing has.
pub(crate) struct WakingQueue<T> {
    state: Mutex<QueueState<T>>,
    arrived: Condvar,
}

struct QueueState<T> {
    items: Vec<T>,
    /// Whether the thread sleeps and nobody has woken it yet. Waking it is a system call even if it
    /// does not sleep, so only the first item does it.
    asleep: bool,
    closed: bool,
}

impl<T> Default for WakingQueue<T> {
    fn default() -> Self {
        let state = QueueState { items: Vec::new(), asleep: false, closed: false };
        Self { state: Mutex::new(state), arrived: Condvar::new() }
    }
}

impl<T> WakingQueue<T> {
    /// Adds an item; drops it if the queue is closed.
    pub(crate) fn push(&self, item: T) {
        let wake = {
            let mut state = self.lock();
            if state.closed {
                return;
            }
            state.items.push(item);
            mem::take(&mut state.asleep)
        };
        if wake {
            self.arrived.notify_one();
        }
    }

    /// Everything that has arrived; waits up to `timeout` for the first item. May return nothing
    /// earlier, as a condition variable may.
    pub(crate) fn take(&self, timeout: Duration) -> Vec<T> {
        let mut state = self.lock();
        if state.items.is_empty() {
            state.asleep = true;
            let waited = self.arrived.wait_timeout(state, timeout);
            state = waited.unwrap_or_else(PoisonError::into_inner).0;
            state.asleep = false;
        }
        mem::take(&mut state.items)
    }

    /// Whether nothing has arrived.
    #[cfg(any(test, feature = "testing"))]
    pub(crate) fn is_empty(&self) -> bool {
        self.lock().items.is_empty()
    }

    /// Drops what has arrived, and everything that arrives from now on.
    pub(crate) fn close(&self) {
        let mut state = self.lock();
        state.closed = true;
        state.items.clear();
    }

    fn lock(&self) -> MutexGuard<'_, QueueState<T>> {
        // No panic is possible while the lock is held: what it guards is always consistent.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<T> fmt::Debug for WakingQueue<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WakingQueue").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use std::{sync::Arc, thread, time::Duration};

    use super::WakingQueue;

    /// What arrives next; a queue may return nothing before.
    fn next(queue: &WakingQueue<u32>) -> Vec<u32> {
        loop {
            let items = queue.take(Duration::from_secs(60));
            if !items.is_empty() {
                return items;
            }
        }
    }

    #[test]
    fn every_item_wakes_a_sleeping_thread() {
        let queues = [(); 2].map(|()| Arc::new(WakingQueue::default()));
        let [to, back] = queues.clone();
        let echo = thread::spawn(move || {
            for _ in 0..1000 {
                next(&to).into_iter().for_each(|item| back.push(item));
            }
        });
        let [to, back] = queues;
        for round in 0..1000 {
            to.push(round);
            assert_eq!(next(&back), [round]);
        }
        echo.join().unwrap();
    }

    #[test]
    fn items_that_came_before_are_taken_at_once() {
        let queue = WakingQueue::default();
        queue.push(1);
        queue.push(2);
        assert_eq!(queue.take(Duration::MAX), [1, 2]);
        assert!(queue.take(Duration::ZERO).is_empty());
        queue.close();
        queue.push(3);
        assert!(queue.is_empty());
    }
}

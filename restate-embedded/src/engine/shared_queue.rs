use std::{
    fmt, mem,
    sync::{Condvar, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

/// A queue, and the worker that works off what arrives in it.
///
/// The worker belongs to a thread, its owner, which sleeps while nothing has arrived. Waking it takes
/// longer than most of its work. So the owner can park the worker here while it sleeps, and a thread
/// that has added items can borrow it and do the work itself.
pub(crate) struct SharedQueue<T, W> {
    state: Mutex<QueueState<T, W>>,
    /// What the owner sleeps on.
    changed: Condvar,
}

struct QueueState<T, W> {
    items: Vec<T>,
    /// The worker, while it is parked.
    parked: Option<W>,
    /// When the owner of a parked worker wakes by itself.
    wakes_at: Option<Instant>,
    /// Whether the owner sleeps and nobody has woken it yet. Waking it is a system call even if it does
    /// not sleep, so only the first who has a reason does it.
    asleep: bool,
    closed: bool,
}

impl<T, W> Default for SharedQueue<T, W> {
    fn default() -> Self {
        let (items, parked, wakes_at) = (Vec::new(), None, None);
        let state = QueueState { items, parked, wakes_at, asleep: false, closed: false };
        Self { state: Mutex::new(state), changed: Condvar::new() }
    }
}

impl<T, W> SharedQueue<T, W> {
    /// Adds an item for the owner, and wakes it; drops the item if the queue is closed.
    pub(crate) fn push(&self, item: T) {
        let mut state = self.lock();
        if !state.closed {
            state.items.push(item);
            self.wake(state);
        }
    }

    /// Adds an item without waking the owner: [`borrow`](Self::borrow) must follow. Drops the item if
    /// the queue is closed.
    pub(crate) fn post(&self, item: T) {
        let mut state = self.lock();
        if !state.closed {
            state.items.push(item);
        }
    }

    /// Takes the parked worker and everything that has arrived, if every item `may` be worked off by
    /// this thread. Otherwise, whoever has the worker sees to what has arrived.
    ///
    /// [`give_back`](Self::give_back) must follow.
    pub(crate) fn borrow(&self, may: impl FnMut(&T) -> bool) -> Option<(W, Vec<T>)> {
        let mut state = self.lock();
        if state.items.is_empty() {
            return None;
        }
        if state.items.iter().all(may)
            && let Some(worker) = state.parked.take()
        {
            return Some((worker, mem::take(&mut state.items)));
        }
        self.wake(state);
        None
    }

    /// Parks the worker again. The owner takes it after `pause`, and at once if something has arrived.
    pub(crate) fn give_back(&self, worker: W, pause: Duration) {
        let due_at = now().checked_add(pause);
        let mut state = self.lock();
        state.parked = Some(worker);
        let is_sooner = match (due_at, state.wakes_at) {
            (Some(due_at), Some(wakes_at)) => due_at < wakes_at,
            (due_at, None) => due_at.is_some(),
            (None, Some(_)) => false,
        };
        if is_sooner {
            state.wakes_at = due_at;
        }
        if is_sooner || !state.items.is_empty() {
            self.wake(state);
        }
    }

    /// For the owner: parks the worker until `pause` has passed or something has arrived that no other
    /// thread works off. Returns the worker and what has arrived.
    pub(crate) fn park(&self, worker: W, pause: Duration) -> (W, Vec<T>) {
        let mut state = self.lock();
        state.parked = Some(worker);
        state.wakes_at = now().checked_add(pause);
        loop {
            let now = now();
            let is_due = state.wakes_at.is_some_and(|at| at <= now);
            if (is_due || !state.items.is_empty())
                && let Some(worker) = state.parked.take()
            {
                return (worker, mem::take(&mut state.items));
            }
            if is_due {
                // Whoever has the worker says when it is due next.
                state.wakes_at = None;
            }
            let pause =
                state.wakes_at.map_or(Duration::MAX, |at| at.saturating_duration_since(now));
            state = self.sleep(state, pause);
        }
    }

    /// For an owner that keeps the worker: everything that has arrived; waits up to `pause` for the
    /// first item. May return nothing earlier, as a condition variable may.
    pub(crate) fn take(&self, pause: Duration) -> Vec<T> {
        let mut state = self.lock();
        if state.items.is_empty() {
            state = self.sleep(state, pause);
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

    fn sleep<'a>(
        &'a self,
        mut state: MutexGuard<'a, QueueState<T, W>>,
        pause: Duration,
    ) -> MutexGuard<'a, QueueState<T, W>> {
        state.asleep = true;
        let slept = self.changed.wait_timeout(state, pause);
        let mut state = slept.unwrap_or_else(PoisonError::into_inner).0;
        state.asleep = false;
        state
    }

    fn wake(&self, mut state: MutexGuard<'_, QueueState<T, W>>) {
        let wake = mem::take(&mut state.asleep);
        drop(state);
        if wake {
            self.changed.notify_one();
        }
    }

    fn lock(&self) -> MutexGuard<'_, QueueState<T, W>> {
        // No panic is possible while the lock is held: what it guards is always consistent.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<T, W> fmt::Debug for SharedQueue<T, W> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SharedQueue").finish_non_exhaustive()
    }
}

#[expect(clippy::disallowed_methods, reason = "how long a thread sleeps is in real time")]
fn now() -> Instant {
    Instant::now()
}

#[cfg(test)]
mod tests {
    use std::{sync::Arc, thread, time::Duration};

    use super::SharedQueue;

    type Queue = SharedQueue<u32, Vec<u32>>;

    /// What arrives next; a queue may return nothing before.
    fn next(queue: &Queue) -> Vec<u32> {
        loop {
            let items = queue.take(Duration::from_secs(60));
            if !items.is_empty() {
                return items;
            }
        }
    }

    #[test]
    fn every_item_wakes_a_sleeping_thread() {
        let queues = [(); 2].map(|()| Arc::new(Queue::default()));
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
        let queue = Queue::default();
        queue.push(1);
        queue.push(2);
        assert_eq!(queue.take(Duration::MAX), [1, 2]);
        assert!(queue.take(Duration::ZERO).is_empty());
        queue.close();
        queue.push(3);
        assert!(queue.is_empty());
    }

    /// Adds items to what a parked worker has seen, until one is 0.
    fn work(queue: &Queue) -> Vec<u32> {
        let mut seen = Vec::new();
        while !seen.ends_with(&[0]) {
            let (worker, items) = queue.park(seen, Duration::from_secs(60));
            seen = worker;
            seen.extend(items);
        }
        seen
    }

    #[test]
    fn a_parked_worker_is_borrowed_and_given_back() {
        let queue = Arc::new(Queue::default());
        let owner = thread::spawn({
            let queue = Arc::clone(&queue);
            move || work(&queue)
        });
        for item in 1..1000 {
            queue.post(item);
            if let Some((mut seen, items)) = queue.borrow(|_| true) {
                seen.extend(items);
                queue.give_back(seen, Duration::from_secs(60));
            }
        }
        queue.push(0);
        let expected: Vec<_> = (1..1000).chain([0]).collect();
        assert_eq!(owner.join().unwrap(), expected);
    }

    #[test]
    fn what_a_borrower_may_not_do_is_left_to_the_owner() {
        let queue = Queue::default();
        queue.post(1);
        queue.post(2);
        assert_eq!(queue.borrow(|item| *item == 1), None);
        assert_eq!(queue.park(vec![], Duration::MAX), (vec![], vec![1, 2]));
    }

    #[test]
    fn the_owner_takes_the_worker_when_it_is_due() {
        let queue = Arc::new(Queue::default());
        assert_eq!(queue.park(vec![7], Duration::ZERO), (vec![7], vec![]));
        let owner = thread::spawn({
            let queue = Arc::clone(&queue);
            move || {
                let mut seen = vec![];
                while seen.is_empty() {
                    let (worker, items) = queue.park(seen, Duration::MAX);
                    seen = worker;
                    seen.extend(items);
                }
                seen
            }
        });
        queue.post(1);
        if let Some((mut seen, items)) = queue.borrow(|_| true) {
            seen.extend(items);
            queue.give_back(seen, Duration::ZERO);
        }
        assert_eq!(owner.join().unwrap(), [1]);
    }
}

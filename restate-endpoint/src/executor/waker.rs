//! The wakers of a connection and its streams.

use std::{
    collections::VecDeque,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
    },
    task::{Wake, Waker},
};

use super::lock;

/// Slots that were woken, in the order in which they were woken.
#[derive(Default)]
pub(super) struct WakeQueue(Mutex<Woken>);

#[derive(Default)]
struct Woken {
    slots: VecDeque<usize>,
    /// The task of the connection, while it waits for a slot to be woken.
    task: Option<Waker>,
}

impl WakeQueue {
    /// The next woken slot. If there is none, the next wake-up wakes `task`.
    pub(super) fn pop(&self, task: &Waker) -> Option<usize> {
        let mut woken = lock(&self.0);
        let next = woken.slots.pop_front();
        woken.task = next.is_none().then(|| task.clone());
        next
    }

    fn push(&self, slot: usize) {
        let task = {
            let mut woken = lock(&self.0);
            woken.slots.push_back(slot);
            woken.task.take()
        };
        // Without the lock: waking may run the task on this thread.
        if let Some(task) = task {
            task.wake();
        }
    }
}

/// Puts a slot into the queue when it is woken.
pub(super) struct StreamWaker {
    slot: usize,
    /// True while the slot is in the queue, so that it is there once.
    is_queued: AtomicBool,
    queue: Arc<WakeQueue>,
}

impl StreamWaker {
    pub(super) fn new(slot: usize, queue: Arc<WakeQueue>) -> Self {
        Self { slot, is_queued: AtomicBool::new(false), queue }
    }

    /// Lets the slot be queued again; called before it is polled.
    ///
    /// A wake-up that comes from now on queues the slot once more. One that came before is covered by
    /// the poll, which sees what its waker wrote: `Acquire` here pairs with `Release` in `wake`.
    pub(super) fn acknowledge(&self) {
        self.is_queued.swap(false, Ordering::AcqRel);
    }
}

impl Wake for StreamWaker {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        if !self.is_queued.swap(true, Ordering::AcqRel) {
            self.queue.push(self.slot);
        }
    }
}

//! The streams that run in the task of their connection.

use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    pin::Pin,
    sync::Arc,
    task::{Context, Waker},
};

use tracing::error;

use super::{
    Stream,
    waker::{StreamWaker, WakeQueue},
};

/// Streams in numbered slots. A slot keeps its waker for the streams that follow, which saves two
/// allocations for each stream.
pub(super) struct Streams {
    queue: Arc<WakeQueue>,
    slots: Vec<Slot>,
    free: Vec<usize>,
}

struct Slot {
    /// `None` in a free slot, and in the slot of the connection.
    stream: Option<Stream>,
    stream_waker: Arc<StreamWaker>,
    waker: Waker,
}

/// How a poll of a stream ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Polled {
    Pending,
    Ended,
}

impl Streams {
    pub(super) fn new(queue: Arc<WakeQueue>) -> Self {
        Self { queue, slots: Vec::new(), free: Vec::new() }
    }

    /// Takes a slot for a future that is polled elsewhere, and wakes it.
    pub(super) fn reserve(&mut self) -> usize {
        let slot = self.free.pop().unwrap_or_else(|| self.grow());
        self.slots[slot].waker.wake_by_ref();
        slot
    }

    /// Adds a stream, and wakes it.
    pub(super) fn push(&mut self, stream: Stream) {
        let slot = self.reserve();
        self.slots[slot].stream = Some(stream);
    }

    fn grow(&mut self) -> usize {
        let slot = self.slots.len();
        let stream_waker = Arc::new(StreamWaker::new(slot, Arc::clone(&self.queue)));
        let waker = Waker::from(Arc::clone(&stream_waker));
        self.slots.push(Slot { stream: None, stream_waker, waker });
        slot
    }

    /// The waker of a woken slot whose future is about to be polled.
    pub(super) fn acknowledge(&self, slot: usize) -> &Waker {
        let Slot { stream_waker, waker, .. } = &self.slots[slot];
        stream_waker.acknowledge();
        waker
    }

    /// Polls the stream of a woken slot; frees the slot when the stream has ended.
    ///
    /// The slot may be free: wakers outlive their streams, and wake it later.
    pub(super) fn poll(&mut self, slot: usize) -> Polled {
        let Slot { stream, stream_waker, waker } = &mut self.slots[slot];
        stream_waker.acknowledge();
        let Some(stream) = stream else { return Polled::Pending };
        let polled = poll_stream(stream.as_mut(), waker);
        if polled == Polled::Ended {
            self.remove(slot);
        }
        polled
    }

    /// Takes the stream out of its slot, and frees the slot.
    pub(super) fn remove(&mut self, slot: usize) -> Option<Stream> {
        let stream = self.slots[slot].stream.take()?;
        self.free.push(slot);
        Some(stream)
    }
}

/// Polls a stream. A panic ends the stream and nothing else, as in a task of its own.
fn poll_stream(stream: Pin<&mut (dyn Future<Output = ()> + Send)>, waker: &Waker) -> Polled {
    let mut cx = Context::from_waker(waker);
    match catch_unwind(AssertUnwindSafe(|| stream.poll(&mut cx).is_pending())) {
        Ok(true) => Polled::Pending,
        Ok(false) => Polled::Ended,
        Err(_) => {
            error!("an attempt ended because its stream panicked");
            Polled::Ended
        }
    }
}

use std::{
    collections::VecDeque,
    mem,
    sync::{Mutex, MutexGuard, PoisonError},
    task::{Context, Poll, Waker},
};

use bytes::Bytes;

/// Bytes on their way from the engine's thread to the task of an attempt.
#[derive(Debug)]
pub(super) struct Pipe(Mutex<PipeState>);

#[derive(Debug)]
struct PipeState {
    chunks: VecDeque<Bytes>,
    /// Whether the journal is being read, which comes before all chunks.
    lacks_journal: bool,
    closed: bool,
    /// Whether the engine has said that everything is durable, and the attempt has not taken note.
    durable: bool,
    reader: Option<Waker>,
}

impl Pipe {
    /// A pipe that holds the journal of the attempt, or waits for it.
    pub(super) fn new(journal: Option<VecDeque<Bytes>>) -> Self {
        let lacks_journal = journal.is_none();
        let chunks = journal.unwrap_or_default();
        Self(Mutex::new(PipeState {
            chunks,
            lacks_journal,
            closed: false,
            durable: false,
            reader: None,
        }))
    }

    /// Adds the journal, before everything that was added since the attempt has started.
    pub(super) fn fill(&self, mut journal: VecDeque<Bytes>) {
        self.change(|state| {
            journal.append(&mut state.chunks);
            state.chunks = journal;
            state.lacks_journal = false;
        });
    }

    /// Adds a chunk.
    pub(super) fn push(&self, chunk: Bytes) {
        self.change(|state| state.chunks.push_back(chunk));
    }

    /// Tells the reader that nothing follows.
    pub(super) fn close(&self) {
        self.change(|state| state.closed = true);
    }

    /// Tells the reader that everything is durable that it has sent and received before it asked.
    pub(super) fn confirm_durable(&self) {
        self.change(|state| state.durable = true);
    }

    /// Resolves when that was told; once each time.
    pub(super) fn poll_durable(&self, cx: &mut Context<'_>) -> Poll<()> {
        let mut state = self.lock();
        if mem::take(&mut state.durable) {
            return Poll::Ready(());
        }
        state.reader = Some(cx.waker().clone());
        Poll::Pending
    }

    /// The next chunk; `None` when none follows.
    pub(super) fn poll_next(&self, cx: &mut Context<'_>) -> Poll<Option<Bytes>> {
        let mut state = self.lock();
        let next = if state.lacks_journal { None } else { state.chunks.pop_front() };
        match next {
            Some(chunk) => Poll::Ready(Some(chunk)),
            None if state.closed && !state.lacks_journal => Poll::Ready(None),
            None => {
                state.reader = Some(cx.waker().clone());
                Poll::Pending
            }
        }
    }

    fn change(&self, change: impl FnOnce(&mut PipeState)) {
        let reader = {
            let mut state = self.lock();
            change(&mut state);
            state.reader.take()
        };
        // Without the lock: waking may run the task on this thread.
        if let Some(reader) = reader {
            reader.wake();
        }
    }

    fn lock(&self) -> MutexGuard<'_, PipeState> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

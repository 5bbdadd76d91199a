use std::{
    collections::VecDeque,
    mem,
    sync::{Mutex, MutexGuard, PoisonError},
    task::{Context, Poll, Waker},
};

use bytes::Bytes;

/// Bytes on their way from the engine's thread to the task of an attempt.
///
/// What changes that returns the task if it waits, to be woken.
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
    /// Bytes of the attempt that the engine has read, since the attempt last took note.
    #[cfg(feature = "deployments")]
    consumed: usize,
    /// Whether the attempt is over for the engine.
    finished: bool,
    reader: Option<Waker>,
    /// Who waits for what concerns the exchange with a deployment, and is no chunk.
    watcher: Option<Waker>,
}

/// What an attempt on a deployment is told besides its chunks.
#[cfg(feature = "deployments")]
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct News {
    /// Bytes of it that the engine has read, since it last was told.
    pub(super) consumed: usize,
    /// Whether it is over for the engine.
    pub(super) finished: bool,
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
            #[cfg(feature = "deployments")]
            consumed: 0,
            finished: false,
            reader: None,
            watcher: None,
        }))
    }

    /// Adds the journal, before everything that was added since the attempt has started.
    #[must_use = "the task waits until it is woken"]
    pub(super) fn fill(&self, mut journal: VecDeque<Bytes>) -> Option<Waker> {
        self.change(|state| {
            journal.append(&mut state.chunks);
            state.chunks = journal;
            state.lacks_journal = false;
        })
    }

    /// Resolves when there is a journal.
    #[cfg(feature = "deployments")]
    pub(super) async fn has_journal(&self) {
        std::future::poll_fn(|cx| {
            let mut state = self.lock();
            if !state.lacks_journal {
                return Poll::Ready(());
            }
            state.reader = Some(cx.waker().clone());
            Poll::Pending
        })
        .await;
    }

    /// Adds a chunk.
    #[must_use = "the task waits until it is woken"]
    pub(super) fn push(&self, chunk: Bytes) -> Option<Waker> {
        self.change(|state| state.chunks.push_back(chunk))
    }

    /// Tells the watcher that so many bytes of the attempt have been read.
    #[cfg(feature = "deployments")]
    pub(super) fn consumed(&self, bytes: usize) {
        self.announce(|state| state.consumed += bytes);
    }

    /// Tells reader and watcher that the attempt is over.
    pub(super) fn finish(&self) {
        let reader = self.close();
        self.announce(|state| state.finished = true);
        if let Some(reader) = reader {
            reader.wake();
        }
    }

    /// What there is to tell the watcher, which is woken when there is more.
    #[cfg(feature = "deployments")]
    pub(super) fn poll_news(&self, cx: &mut Context<'_>) -> News {
        let mut state = self.lock();
        state.watcher = Some(cx.waker().clone());
        News { consumed: mem::take(&mut state.consumed), finished: state.finished }
    }

    /// Tells the reader that nothing follows.
    #[must_use = "the task waits until it is woken"]
    pub(super) fn close(&self) -> Option<Waker> {
        self.change(|state| state.closed = true)
    }

    /// Tells the reader that everything is durable that it has sent and received before it asked.
    #[must_use = "the task waits until it is woken"]
    pub(super) fn confirm_durable(&self) -> Option<Waker> {
        self.change(|state| state.durable = true)
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

    fn announce(&self, change: impl FnOnce(&mut PipeState)) {
        let watcher = {
            let mut state = self.lock();
            change(&mut state);
            state.watcher.take()
        };
        if let Some(watcher) = watcher {
            watcher.wake();
        }
    }

    /// Returns the reader, if it waits, for the caller to wake it.
    #[must_use = "the task waits until it is woken"]
    fn change(&self, change: impl FnOnce(&mut PipeState)) -> Option<Waker> {
        let mut state = self.lock();
        change(&mut state);
        state.reader.take()
    }

    fn lock(&self) -> MutexGuard<'_, PipeState> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

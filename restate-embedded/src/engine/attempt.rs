//! One attempt of an invocation: a task, and the bytes between it and the engine's thread.

use std::{
    collections::VecDeque,
    fmt,
    future::poll_fn,
    pin::pin,
    sync::Arc,
    task::{Context, Poll, Waker, ready},
};

use bytes::Bytes;
use restate_core::{
    Encoding, Service,
    attempt::{self, AttemptOptions, Transport},
    escape::Escaped,
    server::HandlerSpawner,
};
use tokio::task::AbortHandle;

use crate::{
    engine::{
        borrowed::{RoundThread, run_round},
        inbox::{Command, Inbox},
        opening::JournalSource,
        pipe::Pipe,
    },
    machine::Input,
    model::{id::InvocationId, target::Target},
};

/// The engine's end of an attempt; dropping it stops the attempt.
#[derive(Debug)]
pub(crate) struct AttemptTask {
    pipe: Arc<Pipe>,
    task: AbortHandle,
    /// The order of its invocation, and the parts of the journal that it replays, if its handler runs in
    /// this process.
    started_with: Option<(u64, u32)>,
    /// Its journal, while its handler may not begin.
    unopened: Option<JournalSource>,
}

/// What an attempt runs, and where its output goes.
pub(crate) struct AttemptSetup {
    pub(crate) id: InvocationId,
    pub(crate) number: u64,
    /// Parts of the journal that it replays.
    pub(crate) parts: u32,
    pub(crate) service: Arc<dyn Service>,
    pub(crate) target: Target,
    pub(crate) options: AttemptOptions,
    pub(crate) inbox: Arc<Inbox>,
}

impl AttemptTask {
    /// Starts an attempt that first receives its journal: this one, or what its slot is filled with.
    pub(crate) fn spawn(
        threads: &HandlerSpawner,
        run: AttemptSetup,
        journal: Option<VecDeque<Bytes>>,
    ) -> Self {
        let pipe = Arc::new(Pipe::new(journal));
        let AttemptSetup { id, number, parts, service, target, options, inbox } = run;
        let end = AttemptTransport {
            id,
            number,
            inbox,
            pipe: Arc::clone(&pipe),
            response: None,
            asked: false,
            is_durable: false,
        };
        let name = Arc::new(AttemptName { id, target });
        let inbox = Arc::clone(&end.inbox);
        let task = threads.spawn(Arc::clone(&name), async move {
            let mut end = end;
            let attempt = attempt::drive(&*service, &name.target.handler, options, &mut end);
            let mut attempt = pin!(attempt);
            poll_fn(|cx| {
                let polled = attempt.as_mut().poll(cx);
                if polled.is_pending() {
                    run_round(&inbox, RoundThread::Handler);
                }
                polled
            })
            .await;
        });
        Self { pipe, task, started_with: Some((id.order(), parts)), unopened: None }
    }

    /// An attempt on a deployment: this task exchanges what goes through the pipe.
    pub(super) fn elsewhere(pipe: Arc<Pipe>, task: AbortHandle) -> Self {
        Self { pipe, task, started_with: None, unopened: None }
    }

    /// The order of its invocation, and the parts of the journal that it replays; `None` if its handler
    /// runs in another process, and cannot end this one.
    pub(crate) fn started_with(&self) -> Option<(u64, u32)> {
        self.started_with
    }

    /// Where the journal goes of an attempt that was started without.
    pub(crate) fn journal_slot(&self) -> JournalSlot {
        JournalSlot(Arc::clone(&self.pipe))
    }

    /// Keeps the journal back until the handler may begin.
    pub(super) fn keep_back(&mut self, journal: JournalSource) {
        self.unopened = Some(journal);
    }

    /// The journal that was kept back.
    pub(super) fn take_back(&mut self) -> Option<JournalSource> {
        self.unopened.take()
    }

    /// Tells the attempt that everything is durable that it has sent and received before it asked. As all that it
    /// is told, that returns its task if it waits, to be woken.
    #[must_use = "the task waits until it is woken"]
    pub(crate) fn confirm_durable(&self) -> Option<Waker> {
        self.pipe.confirm_durable()
    }

    /// Sends bytes to the attempt.
    #[must_use = "the task waits until it is woken"]
    pub(crate) fn deliver(&self, bytes: Bytes) -> Option<Waker> {
        self.pipe.push(bytes)
    }

    /// Tells an attempt on a deployment that so many of its bytes have been read.
    #[cfg(feature = "deployments")]
    pub(crate) fn consumed(&self, bytes: usize) {
        self.pipe.consumed(bytes);
    }

    /// Tells an attempt on a deployment that it is over.
    pub(crate) fn finish(&self) {
        self.pipe.finish();
    }

    /// Tells the attempt that no input will follow, so that it suspends when it has to wait.
    #[must_use = "the task waits until it is woken"]
    pub(crate) fn close_input(&self) -> Option<Waker> {
        self.pipe.close()
    }
}

/// How log lines name an attempt.
struct AttemptName {
    id: InvocationId,
    target: Target,
}

impl fmt::Display for AttemptName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} (invocation {})", Escaped(&self.target), self.id)
    }
}

impl Drop for AttemptTask {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// Takes the journal of an attempt.
#[derive(Debug)]
pub(crate) struct JournalSlot(Arc<Pipe>);

impl JournalSlot {
    /// Delivers the journal, before everything that was delivered since the attempt has started.
    pub(crate) fn fill(self, journal: VecDeque<Bytes>) {
        if let Some(reader) = self.0.fill(journal) {
            reader.wake();
        }
    }
}

/// The attempt's end of the pipe. Dropped with its task, also by a panic or an abort, it tells the
/// engine that the attempt is over.
struct AttemptTransport {
    id: InvocationId,
    number: u64,
    inbox: Arc<Inbox>,
    pipe: Arc<Pipe>,
    response: Option<Encoding>,
    /// Whether the engine was asked to say when everything is durable, and has not done so.
    asked: bool,
    /// Whether nothing was sent or received since it last did.
    is_durable: bool,
}

impl Transport for AttemptTransport {
    fn poll_receive(&mut self, cx: &mut Context<'_>) -> Poll<Option<Bytes>> {
        let received = self.pipe.poll_next(cx);
        self.is_durable &= received.is_pending();
        received
    }

    fn poll_durable(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        if self.is_durable {
            return Poll::Ready(());
        }
        if !self.asked {
            self.inbox.post(Command::AwaitDurable { attempt: self.number });
            self.asked = true;
        }
        ready!(self.pipe.poll_durable(cx));
        self.asked = false;
        self.is_durable = true;
        Poll::Ready(())
    }

    fn responds_in(&mut self, encoding: Encoding) {
        self.response = Some(encoding);
    }

    fn send(&mut self, chunk: Bytes) {
        let Self { id, number: attempt, response, .. } = *self;
        self.is_durable = false;
        let input = Input::Received { id, attempt, chunk, response };
        self.inbox.post(Command::Input(input));
    }
}

impl Drop for AttemptTransport {
    fn drop(&mut self) {
        self.inbox.post(Command::Input(Input::Ended { id: self.id, attempt: self.number }));
        run_round(&self.inbox, RoundThread::Handler);
    }
}

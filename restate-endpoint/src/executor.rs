//! The connection executor: runs the streams of a connection in the task of the connection.
//!
//! A stream has little to do each time it is woken, and its output leaves through the connection. In
//! tasks of their own, streams and connection wake each other across threads, and the output leaves
//! in small pieces. In one task, the executor polls what was woken in order: all streams that were
//! woken by one read of the connection, then the connection, which writes their output at once.
//!
//! A stream that keeps the processor busy would hold up the others, so it moves to a task of its own
//! (see [`backoff`]).
//!
//! `FuturesUnordered` would be shorter, but has one waker for the whole set: the connection cannot take
//! its turn after the streams that one read has woken, and each wake-up schedules the task again. In
//! the endpoint benchmark that took a third more processor time per attempt, and six times as many
//! writes.

mod backoff;
mod streams;
mod waker;

use std::{
    fmt,
    future::poll_fn,
    mem,
    pin::{Pin, pin},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    task::{Context, Poll},
    time::Instant,
};

use hyper::rt::Executor;

use self::{
    backoff::Backoff,
    streams::{Polled, Streams},
    waker::WakeQueue,
};

type Stream = Pin<Box<dyn Future<Output = ()> + Send>>;

/// The executor that a connection spawns its streams on.
#[derive(Clone, Default)]
pub(crate) struct ConnectionExecutor {
    /// Streams that the connection has spawned and that have not started.
    spawned: Arc<Mutex<Vec<Stream>>>,
}

impl ConnectionExecutor {
    /// Runs `connection` and its streams until the connection has ended.
    ///
    /// Streams that have not ended by then are dropped, except those in tasks of their own.
    pub(crate) async fn run<C: Future>(self, connection: C) -> C::Output {
        let mut running = Running::new(self);
        let mut connection = pin!(connection);
        poll_fn(|cx| running.poll(cx, connection.as_mut())).await
    }

    fn take_spawned(&self) -> Vec<Stream> {
        mem::take(&mut *lock(&self.spawned))
    }
}

impl<F> Executor<F> for ConnectionExecutor
where
    F: Future<Output = ()> + Send + 'static,
{
    fn execute(&self, stream: F) {
        lock(&self.spawned).push(Box::pin(stream));
    }
}

impl fmt::Debug for ConnectionExecutor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ConnectionExecutor").finish_non_exhaustive()
    }
}

/// A connection that runs, and its streams.
struct Running {
    executor: ConnectionExecutor,
    woken: Arc<WakeQueue>,
    streams: Streams,
    connection_slot: usize,
    backoff: Arc<Backoff>,
}

impl Running {
    fn new(executor: ConnectionExecutor) -> Self {
        let woken = Arc::new(WakeQueue::default());
        let mut streams = Streams::new(Arc::clone(&woken));
        let connection_slot = streams.reserve();
        Self { executor, woken, streams, connection_slot, backoff: Arc::default() }
    }

    fn poll<C: Future>(
        &mut self,
        cx: &mut Context<'_>,
        mut connection: Pin<&mut C>,
    ) -> Poll<C::Output> {
        // Bounds how long other tasks of the thread wait for this one; tokio cannot see that each
        // iteration polls another future.
        const POLLS_IN_A_ROW: usize = 256;

        let mut start = now();
        for _ in 0..POLLS_IN_A_ROW {
            let Some(slot) = self.woken.pop(cx.waker()) else { return Poll::Pending };
            if slot == self.connection_slot {
                let waker = self.streams.acknowledge(slot);
                let mut cx = Context::from_waker(waker);
                if let Poll::Ready(ended) = connection.as_mut().poll(&mut cx) {
                    return Poll::Ready(ended);
                }
                start = now();
                self.start_spawned(start);
                continue;
            }
            let polled = self.streams.poll(slot);
            // The end of one poll is the start of the next, which saves half of the clock reads.
            let end = now();
            let is_slow = self.backoff.record(start, end);
            start = end;
            if is_slow
                && polled == Polled::Pending
                && let Some(stream) = self.streams.remove(slot)
            {
                tokio::spawn(run_alone(stream, Arc::clone(&self.backoff)));
            }
        }
        cx.waker().wake_by_ref();
        Poll::Pending
    }
    fn start_spawned(&mut self, now: Instant) {
        let spawned = self.executor.take_spawned();
        if spawned.is_empty() {
            return;
        }
        let is_active = self.backoff.is_active(now);
        for stream in spawned {
            if is_active {
                tokio::spawn(run_alone(stream, Arc::clone(&self.backoff)));
            } else {
                self.streams.push(stream);
            }
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // A stream holds the executor that holds the streams that have not started: without this,
        // they would keep each other in memory.
        drop(self.executor.take_spawned());
    }
}

/// Runs a stream in a task of its own.
async fn run_alone(mut stream: Stream, backoff: Arc<Backoff>) {
    poll_fn(|cx| {
        let start = now();
        let polled = stream.as_mut().poll(cx);
        backoff.record(start, now());
        polled
    })
    .await;
}

#[expect(clippy::disallowed_methods, reason = "how long a poll takes decides which task runs it")]
fn now() -> Instant {
    Instant::now()
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // No code that runs under one of these locks panics.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc::{Receiver, Sender, channel};

    use super::*;

    /// A connection that spawns these streams when it is first polled, and ends at its fifth poll.
    fn connection(
        executor: &ConnectionExecutor,
        mut streams: Vec<Stream>,
    ) -> impl Future<Output = ()> + use<> {
        let executor = executor.clone();
        let mut polled = 0;
        poll_fn(move |cx| {
            for stream in streams.drain(..) {
                executor.execute(stream);
            }
            polled += 1;
            if polled == 5 {
                return Poll::Ready(());
            }
            cx.waker().wake_by_ref();
            Poll::Pending
        })
    }

    /// A stream that reports the task of each of its polls.
    fn reporting(polls: u32, reports: &Sender<tokio::task::Id>) -> Stream {
        let reports = reports.clone();
        let mut left = polls;
        Box::pin(poll_fn(move |cx| {
            reports.send(tokio::task::id()).expect("the test listens");
            left -= 1;
            if left == 0 {
                return Poll::Ready(());
            }
            cx.waker().wake_by_ref();
            Poll::Pending
        }))
    }

    /// Runs `connection` in a task of its own, and returns that task.
    async fn run(
        executor: ConnectionExecutor,
        connection: impl Future<Output = ()> + Send + 'static,
    ) -> tokio::task::Id {
        let task = tokio::spawn(executor.run(connection));
        let id = task.id();
        task.await.expect("a stream that panics does not end its connection");
        id
    }

    fn reports() -> (Sender<tokio::task::Id>, Receiver<tokio::task::Id>) {
        channel()
    }

    #[tokio::test]
    async fn streams_run_in_the_task_of_their_connection() {
        let (reporter, reported) = reports();
        let executor = ConnectionExecutor::default();
        let streams = vec![reporting(1, &reporter), reporting(2, &reporter)];
        let task = run(executor.clone(), connection(&executor, streams)).await;
        assert_eq!(reported.try_iter().collect::<Vec<_>>(), [task; 3]);
    }

    #[tokio::test]
    async fn a_stream_with_a_slow_poll_moves_to_a_task_of_its_own() {
        let (reporter, reported) = reports();
        let executor = ConnectionExecutor::default();
        let mut polled = reporting(2, &reporter);
        let busy = poll_fn(move |cx| {
            let start = now();
            while now() - start < backoff::SLOW_POLL {
                std::hint::spin_loop();
            }
            polled.as_mut().poll(cx)
        });
        let task = run(executor.clone(), connection(&executor, vec![Box::pin(busy)])).await;
        let tasks = [soon(&reported).await, soon(&reported).await];
        assert_eq!(tasks[0], task);
        assert_ne!(tasks[1], task);
    }

    /// The next report; lets other tasks run until it comes.
    async fn soon(reported: &Receiver<tokio::task::Id>) -> tokio::task::Id {
        loop {
            match reported.try_recv() {
                Ok(report) => return report,
                Err(_) => tokio::task::yield_now().await,
            }
        }
    }

    #[tokio::test]
    async fn a_stream_that_panics_ends_alone() {
        let (reporter, reported) = reports();
        let executor = ConnectionExecutor::default();
        let panics: Stream = Box::pin(async { panic!("the stream panics") });
        let streams = vec![panics, reporting(1, &reporter)];
        let task = run(executor.clone(), connection(&executor, streams)).await;
        assert_eq!(reported.try_iter().collect::<Vec<_>>(), [task]);
    }

    #[tokio::test]
    async fn streams_end_with_their_connection() {
        let (reporter, reported) = reports();
        let executor = ConnectionExecutor::default();
        let waiting = async move {
            let _reporter = reporter;
            std::future::pending::<()>().await;
        };
        run(executor.clone(), connection(&executor, vec![Box::pin(waiting)])).await;
        assert!(reported.recv().is_err(), "the stream that holds the sender is dropped");
    }
}

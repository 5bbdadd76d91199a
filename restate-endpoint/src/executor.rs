//! Runs the streams of a connection in the task of the connection.
//!
//! A stream has little to do each time it is woken, and what it sends has to pass through its
//! connection. In tasks of their own, streams and connection wake each other across threads, and
//! what they send leaves in small pieces. In one task, everything that was received is answered
//! before anything is written, and then written at once.
//!
//! What keeps the processor busy gets a task of its own, and so another processor.

use std::{
    collections::VecDeque,
    fmt,
    future::poll_fn,
    mem,
    panic::{AssertUnwindSafe, catch_unwind},
    pin::{Pin, pin},
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    task::{Context, Poll, Wake, Waker},
    time::{Duration, Instant},
};

use hyper::rt::Executor;
use tracing::error;

/// A poll that takes so long is long: what a task of its own costs is little beside it.
const LONG: Duration = Duration::from_micros(200);

/// So long after a long poll, streams have tasks of their own from the start.
const WARY: Duration = Duration::from_millis(100);

/// Where a connection leaves the streams that it opens.
#[derive(Clone, Default)]
pub(crate) struct Streams(Arc<Shared>);

#[derive(Default)]
struct Shared {
    opened: Mutex<Vec<Stream>>,
    woken: Mutex<Woken>,
    wary_until: Mutex<Option<Instant>>,
}

type Stream = Pin<Box<dyn Future<Output = ()> + Send>>;

/// Whom to poll, in the order in which they were woken.
#[derive(Default)]
struct Woken {
    places: VecDeque<usize>,
    /// The task of the connection, while there is nobody to poll.
    task: Option<Waker>,
}

impl Streams {
    /// Runs `connection`, and the streams that it leaves here, until it has ended.
    ///
    /// Streams that have not ended by then are dropped.
    pub(crate) async fn run<C: Future>(self, connection: C) -> C::Output {
        let mut running = Running { streams: self, places: Vec::new(), free: Vec::new() };
        let mut connection = pin!(connection);
        let place = running.occupy(None);
        poll_fn(|cx| running.poll(cx, place, connection.as_mut())).await
    }

    fn next_woken(&self, task: &Waker) -> Option<usize> {
        let mut woken = lock(&self.0.woken);
        let next = woken.places.pop_front();
        woken.task = next.is_none().then(|| task.clone());
        next
    }

    /// Runs a stream that is not to hold up others.
    async fn run_alone(self, mut stream: Stream) {
        poll_fn(|cx| {
            let start = now();
            let polled = stream.as_mut().poll(cx);
            self.is_long(start, now());
            polled
        })
        .await;
    }

    fn is_long(&self, start: Instant, end: Instant) -> bool {
        let is_long = end - start >= LONG;
        if is_long {
            *lock(&self.0.wary_until) = Some(end + WARY);
        }
        is_long
    }

    fn is_wary(&self, now: Instant) -> bool {
        lock(&self.0.wary_until).is_some_and(|until| now < until)
    }
}

impl<F> Executor<F> for Streams
where
    F: Future<Output = ()> + Send + 'static,
{
    fn execute(&self, stream: F) {
        lock(&self.0.opened).push(Box::pin(stream));
    }
}

impl fmt::Debug for Streams {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Streams").finish_non_exhaustive()
    }
}

struct Running {
    streams: Streams,
    places: Vec<Place>,
    free: Vec<usize>,
}

/// Who is woken by one waker; it is kept for those that come after.
struct Place {
    /// None in the place of the connection, and in those that are free.
    stream: Option<Stream>,
    bell: Arc<Bell>,
    waker: Waker,
}

impl Running {
    fn poll<C: Future>(
        &mut self,
        cx: &mut Context<'_>,
        connection_place: usize,
        mut connection: Pin<&mut C>,
    ) -> Poll<C::Output> {
        const POLLS_IN_A_ROW: usize = 256;

        let mut start = now();
        for _ in 0..POLLS_IN_A_ROW {
            let Some(at) = self.streams.next_woken(cx.waker()) else { return Poll::Pending };
            let place = &mut self.places[at];
            // Reads what was rung, so that the poll sees all that came before that.
            place.bell.has_rung.swap(false, Ordering::AcqRel);
            if at == connection_place {
                let mut cx = Context::from_waker(&place.waker);
                if let Poll::Ready(ended) = connection.as_mut().poll(&mut cx) {
                    return Poll::Ready(ended);
                }
                start = now();
                self.start_opened(start);
            } else if let Some(stream) = &mut place.stream {
                let has_ended = poll_stream(stream.as_mut(), &place.waker);
                let end = now();
                let is_long = self.streams.is_long(start, end);
                start = end;
                if has_ended || is_long {
                    self.leave(at, has_ended);
                }
            }
        }
        cx.waker().wake_by_ref();
        Poll::Pending
    }

    fn start_opened(&mut self, now: Instant) {
        let opened = mem::take(&mut *lock(&self.streams.0.opened));
        if opened.is_empty() {
            return;
        }
        let is_wary = self.streams.is_wary(now);
        for stream in opened {
            if is_wary {
                tokio::spawn(self.streams.clone().run_alone(stream));
            } else {
                self.occupy(Some(stream));
            }
        }
    }

    fn occupy(&mut self, stream: Option<Stream>) -> usize {
        let at = self.free.pop().unwrap_or_else(|| {
            let at = self.places.len();
            let has_rung = AtomicBool::new(false);
            let bell = Arc::new(Bell { at, has_rung, streams: self.streams.clone() });
            let waker = Waker::from(Arc::clone(&bell));
            self.places.push(Place { stream: None, bell, waker });
            at
        });
        let place = &mut self.places[at];
        place.stream = stream;
        place.waker.wake_by_ref();
        at
    }

    fn leave(&mut self, at: usize, has_ended: bool) {
        self.free.push(at);
        match self.places[at].stream.take() {
            Some(stream) if !has_ended => {
                tokio::spawn(self.streams.clone().run_alone(stream));
            }
            _ => {}
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // Streams know where others are left, so those that were never started would never go.
        let opened = mem::take(&mut *lock(&self.streams.0.opened));
        drop(opened);
    }
}

/// True if it has ended; a panic ends it, and nothing else, as in a task of its own.
fn poll_stream(stream: Pin<&mut (dyn Future<Output = ()> + Send)>, waker: &Waker) -> bool {
    let mut cx = Context::from_waker(waker);
    let polled = catch_unwind(AssertUnwindSafe(|| stream.poll(&mut cx).is_ready()));
    polled.unwrap_or_else(|_| {
        error!("an attempt ended because its stream has panicked");
        true
    })
}

/// Notes who was woken.
struct Bell {
    at: usize,
    has_rung: AtomicBool,
    streams: Streams,
}

impl Wake for Bell {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        if self.has_rung.swap(true, Ordering::AcqRel) {
            return;
        }
        let task = {
            let mut woken = lock(&self.streams.0.woken);
            woken.places.push_back(self.at);
            woken.task.take()
        };
        if let Some(task) = task {
            task.wake();
        }
    }
}

#[expect(clippy::disallowed_methods, reason = "how long a poll takes decides who makes the next")]
fn now() -> Instant {
    Instant::now()
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // Nobody panics while holding one of them.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc::{Receiver, Sender, channel};

    use super::*;

    /// A connection that opens these streams when it is polled first, and ends after some polls.
    fn connection(streams: &Streams, mut opens: Vec<Stream>) -> impl Future<Output = ()> + use<> {
        let streams = streams.clone();
        let mut polled = 0;
        poll_fn(move |cx| {
            for stream in opens.drain(..) {
                streams.execute(stream);
            }
            polled += 1;
            if polled == 5 {
                return Poll::Ready(());
            }
            cx.waker().wake_by_ref();
            Poll::Pending
        })
    }

    /// Tells of each of its polls.
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

    /// Runs `connection` in a task of its own, and says which.
    async fn run(
        streams: Streams,
        connection: impl Future<Output = ()> + Send + 'static,
    ) -> tokio::task::Id {
        let task = tokio::spawn(streams.run(connection));
        let id = task.id();
        task.await.expect("no stream takes the connection with it");
        id
    }

    fn reports() -> (Sender<tokio::task::Id>, Receiver<tokio::task::Id>) {
        channel()
    }

    #[tokio::test]
    async fn streams_run_in_the_task_of_their_connection() {
        let (reporter, reported) = reports();
        let streams = Streams::default();
        let opens = vec![reporting(1, &reporter), reporting(2, &reporter)];
        let task = run(streams.clone(), connection(&streams, opens)).await;
        assert_eq!(reported.try_iter().collect::<Vec<_>>(), [task; 3]);
    }

    #[tokio::test]
    async fn a_stream_that_keeps_the_processor_busy_gets_a_task_of_its_own() {
        let (reporter, reported) = reports();
        let streams = Streams::default();
        let mut polled = reporting(2, &reporter);
        let busy = poll_fn(move |cx| {
            let start = now();
            while now() - start < LONG {
                std::hint::spin_loop();
            }
            polled.as_mut().poll(cx)
        });
        let task = run(streams.clone(), connection(&streams, vec![Box::pin(busy)])).await;
        let places = [soon(&reported).await, soon(&reported).await];
        assert_eq!(places[0], task);
        assert_ne!(places[1], task);
    }

    /// The next report, also of a task that has not run yet.
    async fn soon(reported: &Receiver<tokio::task::Id>) -> tokio::task::Id {
        loop {
            match reported.try_recv() {
                Ok(report) => return report,
                Err(_) => tokio::task::yield_now().await,
            }
        }
    }

    #[test]
    fn streams_are_expected_to_be_busy_for_a_while_after_one_was() {
        let streams = Streams::default();
        let start = now();
        assert!(!streams.is_long(start, start + LONG / 2));
        assert!(!streams.is_wary(start + LONG / 2));
        let end = start + LONG;
        assert!(streams.is_long(start, end));
        assert!(streams.is_wary(end));
        assert!(!streams.is_wary(end + WARY));
    }

    #[tokio::test]
    async fn a_stream_that_panics_ends_alone() {
        let (reporter, reported) = reports();
        let streams = Streams::default();
        let panics: Stream = Box::pin(async { panic!("nobody catches this in the stream") });
        let opens = vec![panics, reporting(1, &reporter)];
        let task = run(streams.clone(), connection(&streams, opens)).await;
        assert_eq!(reported.try_iter().collect::<Vec<_>>(), [task]);
    }

    #[tokio::test]
    async fn streams_end_with_their_connection() {
        let (reporter, reported) = reports();
        let streams = Streams::default();
        let waiting = async move {
            let _reporter = reporter;
            std::future::pending::<()>().await;
        };
        run(streams.clone(), connection(&streams, vec![Box::pin(waiting)])).await;
        assert!(reported.recv().is_err(), "nobody reports any more");
    }
}

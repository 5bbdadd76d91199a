use std::{
    future::poll_fn,
    pin::{Pin, pin},
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
    task::Poll,
    time::Duration,
};

use tokio::{
    sync::watch,
    time::{Instant, sleep_until, timeout},
};

use super::{Admission, admission::Admitted};

/// How long a connection that was idle for too long may take to close: to write a GOAWAY frame.
const CLOSE_TIMEOUT: Duration = Duration::from_secs(1);

/// An accepted connection, with what ends it.
#[derive(Debug)]
pub struct Connection {
    activity: Activity,
    closing: watch::Receiver<bool>,
    admission: Admission,
    _admitted: Admitted,
}

impl Connection {
    pub(super) fn new(
        admission: Admission,
        closing: watch::Receiver<bool>,
        admitted: Admitted,
    ) -> Self {
        Self { activity: Activity::new(), closing, admission, _admitted: admitted }
    }

    /// How the requests of the connection report that they are in flight.
    pub fn activity(&self) -> Activity {
        self.activity.clone()
    }

    /// Runs the connection to its end: until `connection` ends, the server stops, or no request was in
    /// flight for too long. `close` lets it finish what it does, as
    /// `hyper_util::server::conn::auto::Connection::graceful_shutdown`.
    ///
    /// Returns what the connection ended with, if it has ended by itself.
    pub async fn run<C: Future>(
        self,
        connection: C,
        close: impl FnOnce(Pin<&mut C>),
    ) -> Option<C::Output> {
        let Self { activity, mut closing, admission, _admitted } = self;
        let mut connection = pin!(connection);
        let mut idle = pin!(activity.idle_for_too_long(&admission));
        // The sender is dropped after all connections.
        let mut closing = pin!(closing.wait_for(|closing| *closing));
        let end = poll_fn(|cx| {
            if let Poll::Ready(output) = connection.as_mut().poll(cx) {
                return Poll::Ready(ConnectionEnd::Ended(output));
            }
            if closing.as_mut().poll(cx).is_ready() {
                return Poll::Ready(ConnectionEnd::Closing);
            }
            idle.as_mut().poll(cx).map(|()| ConnectionEnd::Idle)
        });
        match end.await {
            ConnectionEnd::Ended(output) => Some(output),
            ConnectionEnd::Closing => {
                close(connection.as_mut());
                Some(connection.await)
            }
            ConnectionEnd::Idle => {
                close(connection.as_mut());
                timeout(CLOSE_TIMEOUT, connection).await.ok()
            }
        }
    }
}

enum ConnectionEnd<T> {
    Ended(T),
    Closing,
    Idle,
}

/// How many requests of a connection are in flight, and since when it has been idle.
#[derive(Clone, Debug)]
pub struct Activity(Arc<ActivityState>);

#[derive(Debug)]
struct ActivityState {
    in_flight: AtomicUsize,
    /// When the last request ended; `None` before the first one.
    last: Mutex<Option<Instant>>,
}

impl Activity {
    fn new() -> Self {
        let in_flight = AtomicUsize::new(0);
        Self(Arc::new(ActivityState { in_flight, last: Mutex::new(None) }))
    }

    /// A request is in flight until the result is dropped.
    pub fn request(&self) -> InFlight {
        self.0.in_flight.fetch_add(1, Ordering::Relaxed);
        InFlight(self.clone())
    }

    /// Resolves when no request is in flight, and the first or the next one takes too long.
    async fn idle_for_too_long(&self, admission: &Admission) {
        let opened = Instant::now();
        loop {
            let now = Instant::now();
            let last = *self.0.last.lock().unwrap_or_else(PoisonError::into_inner);
            let deadline = match (self.0.in_flight.load(Ordering::Relaxed), last) {
                (0, None) => opened + admission.header_timeout(),
                (0, Some(last)) => last + admission.idle_timeout(),
                // Looked at once more when it may have been idle for long enough.
                _ => now + admission.idle_timeout(),
            };
            if deadline <= now {
                return;
            }
            sleep_until(deadline).await;
        }
    }
}

/// A request that is in flight.
#[derive(Debug)]
pub struct InFlight(Activity);

impl Drop for InFlight {
    fn drop(&mut self) {
        let ActivityState { in_flight, last } = &*self.0.0;
        *last.lock().unwrap_or_else(PoisonError::into_inner) = Some(Instant::now());
        in_flight.fetch_sub(1, Ordering::Relaxed);
    }
}

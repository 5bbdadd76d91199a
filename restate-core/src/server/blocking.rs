//! Warns of handlers that block their threads.
//!
//! Each thread notes what it polls, and since when. One thread in the process, the watch, looks at
//! these notes and logs those that are too old, because a handler that blocks for good never comes to
//! log anything itself.

use std::{
    fmt,
    future::poll_fn,
    pin::pin,
    sync::{Arc, Mutex, MutexGuard, PoisonError, Weak},
    thread,
    time::{Duration, Instant},
};

use tracing::{error, warn};

/// A poll that takes this long is logged. It is far longer than code that only computes between two
/// waits should take, so that what is logged is a fault.
const TOO_LONG: Duration = Duration::from_secs(1);

/// How often the watch looks.
const INTERVAL: Duration = Duration::from_millis(250);

type WatchedName = Arc<dyn fmt::Display + Send + Sync>;

/// Runs an attempt of a handler. A warning with `name` is logged while one of its polls takes too long.
pub async fn watched<N>(name: Arc<N>, attempt: impl Future<Output = ()>)
where
    N: fmt::Display + Send + Sync + 'static,
{
    let name: WatchedName = name;
    let mut attempt = pin!(attempt);
    poll_fn(|cx| {
        let _note = THREAD.with(|thread| Note::begin(thread, &name));
        attempt.as_mut().poll(cx)
    })
    .await;
}

thread_local! {
    static THREAD: Arc<ThreadNotes> = register();
}

/// What a thread polls at present.
#[derive(Default)]
struct ThreadNotes(Mutex<Option<NotedPoll>>);

struct NotedPoll {
    name: WatchedName,
    since: Instant,
    /// When it was logged; after twice that time it is logged again.
    logged_after: Duration,
}

impl ThreadNotes {
    fn lock(&self) -> MutexGuard<'_, Option<NotedPoll>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The poll of this thread, if it is time to log it.
    fn too_long(&self) -> Option<(WatchedName, Duration)> {
        let mut note = self.lock();
        let poll = note.as_mut()?;
        let elapsed = now() - poll.since;
        if elapsed < TOO_LONG.max(2 * poll.logged_after) {
            return None;
        }
        poll.logged_after = elapsed;
        Some((Arc::clone(&poll.name), elapsed))
    }
}

/// Ends the note of a poll when it is dropped, also by a panic.
struct Note(Arc<ThreadNotes>);

impl Note {
    fn begin(thread: &Arc<ThreadNotes>, name: &WatchedName) -> Self {
        let poll = NotedPoll { name: Arc::clone(name), since: now(), logged_after: Duration::ZERO };
        *thread.lock() = Some(poll);
        Self(Arc::clone(thread))
    }
}

impl Drop for Note {
    fn drop(&mut self) {
        let poll = self.0.lock().take();
        if let Some(NotedPoll { name, since, logged_after }) = poll
            && !logged_after.is_zero()
        {
            warn!("{name} blocked its thread for {:.1?}, and has gone on", now() - since);
        }
    }
}

/// The threads that are watched.
static WATCH: Mutex<WatchedThreads> =
    Mutex::new(WatchedThreads { threads: Vec::new(), runs: false });

struct WatchedThreads {
    threads: Vec<Weak<ThreadNotes>>,
    runs: bool,
}

fn watch() -> MutexGuard<'static, WatchedThreads> {
    WATCH.lock().unwrap_or_else(PoisonError::into_inner)
}

fn register() -> Arc<ThreadNotes> {
    let thread = Arc::default();
    let mut watch = watch();
    watch.threads.push(Arc::downgrade(&thread));
    if !watch.runs {
        let spawned = thread::Builder::new().name("restate-watch".to_owned()).spawn(run);
        watch.runs = spawned.is_ok();
        if let Err(error) = spawned {
            error!("handlers that block are not reported, as no thread can be started: {error}");
        }
    }
    thread
}

/// Looks at all threads until none is left.
fn run() {
    loop {
        thread::sleep(INTERVAL);
        let threads = {
            let mut watch = watch();
            watch.threads.retain(|thread| thread.strong_count() > 0);
            if watch.threads.is_empty() {
                watch.runs = false;
                return;
            }
            watch.threads.clone()
        };
        // Logged without a lock, which would block the thread of the handler in its turn.
        for (name, elapsed) in threads.iter().filter_map(|it| it.upgrade()?.too_long()) {
            warn!(
                "{name} has blocked its thread for {elapsed:.1?}: other handlers have to wait for the \
                 thread, and the attempt cannot be stopped; run what blocks inside `ctx.run` with \
                 `tokio::task::spawn_blocking`"
            );
        }
    }
}

#[expect(clippy::disallowed_methods, reason = "how long a handler blocks is in real time")]
fn now() -> Instant {
    Instant::now()
}

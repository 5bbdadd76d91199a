use std::{
    collections::{BTreeMap, HashSet},
    mem,
    pin::Pin,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    task::{Context, Poll, Waker},
    time::Duration,
};

use restate_core::attempt::Clock;

/// When tests start: on 14 November 2023. Any fixed time does; a recent one looks right in journals.
const START: u64 = 1_700_000_000_000;

/// A clock that stands still until it is moved.
#[derive(Debug)]
pub(crate) struct VirtualClock {
    millis: AtomicU64,
    sleepers: Mutex<Sleepers>,
}

/// Attempts that wait for a clock.
#[derive(Debug, Default)]
struct Sleepers {
    /// By when they wake, and then by their order of arrival.
    by_time: BTreeMap<(u64, u64), Sleeper>,
    count: u64,
    /// The attempts that wait for nothing else.
    idle: HashSet<u64>,
}

#[derive(Debug)]
struct Sleeper {
    attempt: u64,
    waker: Waker,
}

impl Default for VirtualClock {
    fn default() -> Self {
        Self { millis: AtomicU64::new(START), sleepers: Mutex::default() }
    }
}

impl VirtualClock {
    /// Time since the clock was made.
    pub(crate) fn elapsed(&self) -> Duration {
        Duration::from_millis(self.millis() - START)
    }

    /// Milliseconds since the Unix epoch.
    pub(crate) fn millis(&self) -> u64 {
        self.millis.load(Ordering::SeqCst)
    }

    /// Jumps to this time, unless it has passed, and wakes the attempts that wait for it. Returns
    /// whether the clock has moved.
    pub(crate) fn skip_to(&self, millis: u64) -> bool {
        let before = self.millis.fetch_max(millis, Ordering::SeqCst);
        let now = before.max(millis);
        let mut sleepers = self.sleepers();
        let later = sleepers.by_time.split_off(&(now, u64::MAX));
        let woken = mem::replace(&mut sleepers.by_time, later);
        for sleeper in woken.values() {
            sleepers.idle.remove(&sleeper.attempt);
        }
        drop(sleepers);
        woken.into_values().for_each(|sleeper| sleeper.waker.wake());
        before < millis
    }

    /// When the first sleeping attempt wakes, in milliseconds since the Unix epoch.
    pub(crate) fn next_sleeper(&self) -> Option<u64> {
        self.sleepers().by_time.first_key_value().map(|((due, _), _)| *due)
    }

    /// Whether this attempt waits for nothing but the clock.
    pub(crate) fn is_asleep(&self, attempt: u64) -> bool {
        self.sleepers().idle.contains(&attempt)
    }

    /// This attempt has something to do.
    pub(crate) fn wake(&self, attempt: u64) {
        self.sleepers().idle.remove(&attempt);
    }

    /// This attempt has nothing to do. Returns whether it now waits for nothing but the clock.
    pub(super) fn idle(&self, attempt: u64) -> bool {
        let mut sleepers = self.sleepers();
        sleepers.by_time.values().any(|it| it.attempt == attempt) && sleepers.idle.insert(attempt)
    }

    /// Lets an attempt wait for `duration`.
    pub(super) fn sleep(self: &Arc<Self>, attempt: u64, duration: Duration) -> Sleep {
        let due = self.millis().saturating_add(crate::machine::millis(duration));
        let mut sleepers = self.sleepers();
        sleepers.count += 1;
        Sleep { clock: Arc::clone(self), place: (due, sleepers.count), attempt }
    }

    fn sleepers(&self) -> MutexGuard<'_, Sleepers> {
        self.sleepers.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Clock for VirtualClock {
    fn now(&self) -> Duration {
        Duration::from_millis(self.millis())
    }
}

/// Resolves when the clock has reached its time.
pub(super) struct Sleep {
    clock: Arc<VirtualClock>,
    place: (u64, u64),
    attempt: u64,
}

impl Future for Sleep {
    type Output = ();

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        if self.clock.millis() >= self.place.0 {
            return Poll::Ready(());
        }
        let sleeper = Sleeper { attempt: self.attempt, waker: cx.waker().clone() };
        self.clock.sleepers().by_time.insert(self.place, sleeper);
        Poll::Pending
    }
}

impl Drop for Sleep {
    fn drop(&mut self) {
        self.clock.sleepers().by_time.remove(&self.place);
    }
}

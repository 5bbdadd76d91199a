//! What threads share in engine, attempt and endpoint, with loom's locks and atomics: see `build.rs`.
//!
//! The tests explore how a few threads interleave, with up to three preemptions unless
//! `LOOM_MAX_PREEMPTIONS` says otherwise. Each has a second part, in which the same exploration must
//! find a mistake. With `--nocapture` they print how many interleavings there were.
#![cfg(test)]
#![allow(clippy::unwrap_used, reason = "a test that cannot go on must fail")]

mod pipe;
mod shared_queue;
mod stream_waker;
mod wakes;

/// A copy of a file, and one with a mistake.
macro_rules! copies {
    ($copy:literal, $flawed:literal) => {
        #[allow(unused_imports, reason = "for one of the files")]
        use crate::lock;

        #[allow(unused, unexpected_cfgs, clippy::all, clippy::pedantic, reason = "a copy")]
        mod copy {
            include!(concat!(env!("OUT_DIR"), $copy));
        }

        #[allow(unused, unexpected_cfgs, clippy::all, clippy::pedantic, reason = "a copy")]
        mod flawed {
            include!(concat!(env!("OUT_DIR"), $flawed));
        }
    };
}
pub(crate) use copies;

/// Calls `model` once for each interleaving of its threads.
fn explore(model: impl Fn() + Send + Sync + 'static) {
    use std::sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    };

    let executions = Arc::new(AtomicU64::new(0));
    let counted = Arc::clone(&executions);
    let mut builder = loom::model::Builder::new();
    builder.preemption_bound.get_or_insert(3);
    builder.check(move || {
        counted.fetch_add(1, Ordering::Relaxed);
        model();
    });
    let name = std::thread::current().name().unwrap_or_default().to_owned();
    println!("{name}: {} interleavings", executions.load(Ordering::Relaxed));
}

fn lock<T>(mutex: &loom::sync::Mutex<T>) -> loom::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap()
}

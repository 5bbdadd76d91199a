//! Has an engine finish what it has.

use std::{
    sync::atomic::{AtomicU64, Ordering::Relaxed},
    thread,
    time::{Duration, Instant},
};

use serde_json::Value;

use crate::{
    admin::{Admin, Method},
    failure::{Cause, Failure},
    progress,
};

/// How often the engine is asked.
const INTERVAL: Duration = Duration::from_millis(200);

/// Has the engine refuse calls from outside, and waits until nothing is under way.
pub(crate) fn drain(
    admin: &Admin,
    timeout: Option<Duration>,
    undo: bool,
) -> Result<Value, Failure> {
    if undo {
        return admin.request(Method::Delete, &["drain"], &[], b"");
    }
    #[expect(clippy::disallowed_methods, reason = "a tool waits in real time")]
    let begun = Instant::now();
    let mut state = admin.request(Method::Put, &["drain"], &[], b"")?;
    let left = AtomicU64::new(0);
    progress::shown(
        || format!("drain: {} invocations are under way", left.load(Relaxed)),
        || {
            while let Some(count @ 1..) = state["under_way"].as_u64() {
                left.store(count, Relaxed);
                if timeout.is_some_and(|timeout| begun.elapsed() >= timeout) {
                    return Err(Failure::new(Cause::Conflict, still_under_way(count)));
                }
                thread::sleep(INTERVAL);
                state = admin.request(Method::Get, &["drain"], &[], b"")?;
            }
            Ok(state)
        },
    )
}

fn still_under_way(count: u64) -> String {
    format!(
        "{count} invocations are still under way, and the engine goes on to refuse calls; wait longer, cancel \
         them, or end this with `drain --undo`"
    )
}

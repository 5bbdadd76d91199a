//! Has an engine finish what it has.

use std::{thread, time::Duration};

use serde_json::Value;

use crate::{
    admin::{Admin, Method},
    failure::{Cause, Failure},
    progress, view,
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
    let begun = view::now();
    let mut state = admin.request(Method::Put, &["drain"], &[], b"")?;
    let left = std::sync::atomic::AtomicU64::new(0);
    let line = || {
        let left = left.load(std::sync::atomic::Ordering::Relaxed);
        format!("drain: {left} invocations are under way")
    };
    progress::shown(line, || {
        while state["under_way"] != 0 {
            let count = state["under_way"].as_u64().unwrap_or_default();
            left.store(count, std::sync::atomic::Ordering::Relaxed);
            let waited = Duration::from_millis((view::now() - begun).unsigned_abs());
            if timeout.is_some_and(|timeout| waited >= timeout) {
                let message = format!(
                    "{count} invocations are still under way, and the engine goes on to refuse calls; wait \
                     longer, cancel them, or end this with `drain --undo`"
                );
                return Err(Failure::new(Cause::Conflict, message));
            }
            thread::sleep(INTERVAL);
            state = admin.request(Method::Get, &["drain"], &[], b"")?;
        }
        Ok(state)
    })
}

//! Keeps the log silent while a handler repeats what an earlier attempt has done.

use std::cell::RefCell;

use tracing::dispatcher::{DefaultGuard, Dispatch, set_default};

thread_local! {
    /// In place while the handler that is polled on this thread replays.
    static MUTED: RefCell<Option<DefaultGuard>> = const { RefCell::new(None) };
}

/// Polls a handler that replays: nothing is logged before [`end`], or the end of this poll.
pub(crate) fn during<T>(poll: impl FnOnce() -> T) -> T {
    let around = MUTED.replace(Some(set_default(&Dispatch::none())));
    let polled = poll();
    MUTED.replace(around);
    polled
}

/// The handler that is polled on this thread goes beyond the journal: now it is heard.
pub(crate) fn end() {
    MUTED.take();
}

//! The clocks that measurements read.

use std::time::{Duration, Instant, SystemTime};

#[expect(clippy::disallowed_methods, reason = "measurements take time")]
pub(crate) fn instant() -> Instant {
    Instant::now()
}

/// Time since the Unix epoch.
#[expect(clippy::disallowed_methods, reason = "delayed calls are due at points in time")]
pub(crate) fn now() -> Duration {
    SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default()
}

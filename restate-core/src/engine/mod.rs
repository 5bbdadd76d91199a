//! The seam between handlers and the engines that run them.
//!
//! An engine speaks the runtime's side of Restate's service protocol ([`protocol`], [`framing`]);
//! [`attempt`] speaks the other side and runs the handler. Nothing else passes between them.

mod attempt;
mod before_run;
mod clock;
pub mod framing;
pub mod protocol;
mod transport;
mod wakes;

pub use attempt::{AttemptOptions, Outcome, attempt};
pub use before_run::{BeforeRun, Held};
pub use clock::{Clock, SystemClock};
pub(crate) use clock::{after, since_epoch};
pub use transport::Transport;

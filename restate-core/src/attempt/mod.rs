//! One attempt of an invocation, for engines: they send the journal and take what the handler adds.
//!
//! An engine speaks the runtime's side of Restate's service protocol ([`wire`](crate::wire));
//! [`drive`] speaks the other side and runs the handler. Nothing else passes between them.

mod before_run;
pub(crate) mod cleared_keys;
mod clock;
pub(crate) mod closures;
pub(crate) mod convert;
mod driver;
pub(crate) mod durable;
pub(crate) mod future;
mod groups;
pub(crate) mod journal;
mod message_limit;
mod mismatch;
mod number;
mod outcome;
mod replay_filter;
pub(crate) mod runs;
pub(crate) mod service;
mod spans;
mod state_machine;
mod transport;
mod wakers;

pub use before_run::{BeforeRun, Held};
pub use clock::{Clock, SystemClock};
pub(crate) use clock::{after, since_epoch};
pub use driver::{AttemptOptions, drive};
pub use journal::Journal;
pub use outcome::{JOURNAL_MISMATCH, Outcome};
pub use service::{HandlerFuture, HandlerRequest};
pub use transport::Transport;

//! Tests of handlers: the whole engine in memory, with a clock that stands still.
//!
//! Everything that could pass time, passes none: when all handlers wait and the test waits for
//! one of them, the clock jumps to the next timer. Handlers are suspended at every await and
//! replayed from their journal, so that a handler that is not deterministic fails its test.
//!
//! ```
//! use std::time::Duration;
//! use restate_core::{Call, Context, HandlerResult, Target};
//! use restate_embedded::testing::TestEngine;
//! # use restate_core::{HandlerDescriptor, HandlerFuture, Incoming, Service, ServiceDescriptor};
//! # struct Reminder;
//! # impl Service for Reminder {
//! #     fn descriptor(&self) -> &'static ServiceDescriptor {
//! #         const DESCRIPTOR: ServiceDescriptor = ServiceDescriptor::service(
//! #             "Reminder",
//! #             &[HandlerDescriptor::plain::<String, String>("remind")],
//! #         );
//! #         &DESCRIPTOR
//! #     }
//! #     fn handle<'a>(&'a self, _: &str, incoming: Incoming<'a>) -> HandlerFuture<'a> {
//! #         incoming.handle(remind)
//! #     }
//! # }
//! async fn remind(ctx: Context<'_>, name: String) -> HandlerResult<String> {
//!     ctx.sleep(Duration::from_secs(30 * 24 * 60 * 60)).await?;
//!     Ok(format!("a month has passed, {name}"))
//! }
//!
//! # tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(async {
//! let test = TestEngine::builder().bind(Reminder).start().await;
//! let remind = Target::service("Reminder", "remind");
//! let reply: String = Call::new(&test.client(), remind, "Pete".to_owned()).await.unwrap();
//! assert_eq!(reply, "a month has passed, Pete");
//! assert_eq!(test.elapsed(), Duration::from_secs(30 * 24 * 60 * 60));
//! # });
//! ```

mod clock;
mod engine;
mod fault;
mod recording;
mod replay;

pub use engine::{TestBuilder, TestEngine};
pub use fault::Fault;
pub use recording::{Recording, RecordingError};
pub use replay::Divergence;

pub(crate) use clock::VirtualClock;

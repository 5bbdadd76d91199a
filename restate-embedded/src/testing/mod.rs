//! Tests of handlers: an engine in memory, with a virtual clock.
//!
//! Sleeps and delays take no real time: when all handlers wait and the test waits for one of them,
//! the clock jumps to the next timer. A month passes in a millisecond:
//!
//! ```
//! use std::time::Duration;
//! use restate_core::{HandlerResult, SharedWorkflowContext, WorkflowContext, workflow};
//! use restate_embedded::{ClientError, testing::TestEngine};
//!
//! #[workflow]
//! trait Trial {
//!     async fn run(&self, ctx: WorkflowContext<'_>, user: String) -> HandlerResult<String>;
//!     #[shared]
//!     async fn subscribe(&self, ctx: SharedWorkflowContext<'_>, plan: String) -> HandlerResult<()>;
//! }
//! # struct ThirtyDays;
//! # impl Trial for ThirtyDays {
//! #     async fn run(&self, ctx: WorkflowContext<'_>, user: String) -> HandlerResult<String> {
//! #         let month = Duration::from_secs(30 * 24 * 60 * 60);
//! #         match ctx.timeout(month, ctx.promise::<String>("plan")).await {
//! #             Ok(plan) => Ok(format!("{user} pays for {}", plan?)),
//! #             Err(_) => Ok(format!("{user} is gone")),
//! #         }
//! #     }
//! #     async fn subscribe(&self, ctx: SharedWorkflowContext<'_>, plan: String) -> HandlerResult<()> {
//! #         Ok(ctx.promise("plan").resolve(plan).await?)
//! #     }
//! # }
//!
//! // In tests, this is marked with #[tokio::test].
//! async fn a_trial_ends_after_a_month_unless_somebody_subscribes() -> Result<(), ClientError> {
//!     let test = TestEngine::builder().bind(TrialServer::new(ThirtyDays)).start().await;
//!     let ann = TrialClient::new(test.client(), "ann");
//!     assert_eq!(ann.run("Ann".to_owned()).await?, "Ann is gone");
//!     assert_eq!(test.elapsed().as_secs() / 86_400, 30);
//!
//!     let bob = TrialClient::new(test.client(), "bob");
//!     let run = bob.run("Bob".to_owned()).one_way().await?;
//!     test.advance(Duration::from_secs(29 * 86_400)).await;
//!     bob.subscribe("gold".to_owned()).await?;
//!     assert_eq!(run.attach::<String>().await?, "Bob pays for gold");
//!     Ok(())
//! }
//! # tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap()
//! #     .block_on(a_trial_ends_after_a_month_unless_somebody_subscribes()).unwrap();
//! ```
//!
//! # What every test checks
//!
//! Handlers are suspended at every await, and replayed from their journal. A handler that does
//! something else in the replay fails with code 570, which shows the recorded command and the new
//! one.
//!
//! # What a test can do
//!
//! - [`TestEngineBuilder::fault`]: inject an error, a delay, or a [crash](Fault) right before or after a
//!   step is stored; then [`TestEngine::restart`].
//! - [`TestEngineBuilder::crash_everywhere`]: play a scenario with a crash at every commit.
//! - [`TestEngine::replay`]: replay every journal, cut off after each of its entries.
//! - [`TestEngine::recordings`]: [read](Recording) journals, or save them as files and
//!   [replay](Recording::replay) them against later versions of the code, which shows whether
//!   unfinished invocations survive a change.
//! - [`replay_recordings`]: replay the journals of deployed code that `restate-embedded record` has saved.
//! - [`TestEngine::state`]: read the state of objects and workflows.
//!
//! Handlers call the services that are bound: bind fakes of those that are not under test.

mod cause;
mod clock;
#[cfg(test)]
mod commit_crashes;
mod divergence;
mod engine;
mod fault;
mod faulty_store;
mod gate;
mod hooks;
mod replay;
mod stall;
#[cfg(test)]
mod syncs;

pub use divergence::Divergence;
pub use engine::{TestEngine, TestEngineBuilder};
pub use fault::{Fault, FaultyCommit, FaultyRun};
pub use gate::replay_recordings;

pub use crate::recording::{Recording, RecordingError};

pub(crate) use clock::VirtualClock;
#[cfg(test)]
pub(crate) use faulty_store::FaultyStore;
pub(crate) use hooks::TestHooks;

//! Durable schedules: calls of any handler by cron, at intervals, or once.
//!
//! A schedule is a virtual object that sends itself a delayed call for its next time. So it survives
//! restarts as every handler does, and runs on every engine: embedded, behind a Restate server, and in
//! tests with virtual time. Each firing is a call with an idempotency key made of the schedule's name and
//! the time, which happens once whatever fails, and never before its time.
//!
//! Bind the two services of this crate beside your own. [`Schedules`] creates, changes and deletes
//! schedules, from a handler or from outside:
//!
//! ```no_run
//! use restate::Engine;
//! use restate_schedule::{Schedules, Timetable, directory, schedule};
//! # use restate::{Context, HandlerResult};
//! # #[restate::service]
//! # pub trait Reports {
//! #     async fn send(&self, ctx: Context<'_>, to: String) -> HandlerResult<()>;
//! # }
//! # struct ByMail;
//! # impl Reports for ByMail {
//! #     async fn send(&self, _: Context<'_>, _: String) -> HandlerResult<()> { Ok(()) }
//! # }
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let engine = Engine::builder()
//!     .bind(ReportsServer::new(ByMail))
//!     .bind(schedule())
//!     .bind(directory())
//!     .data_dir("data")
//!     .start()
//!     .await?;
//!
//! let report = ReportsClient::new(engine.client()).send("ann@example.org".to_owned());
//! let weekdays = Timetable::cron("0 9 * * MON-FRI").time_zone("Europe/Berlin");
//! Schedules::new(engine.client()).put("report for Ann", weekdays, report).await?;
//! # Ok(())
//! # }
//! ```
//!
//! The handler finds the time for which it is called in the header `schedule-time`, such as
//! `2026-11-30T08:00:00Z`.
//!
//! # In a contract
//!
//! A handler can declare its schedule, which is checked when the contract is compiled. [`Declared`] collects
//! those of the services that a program binds, and [`Schedules::reconcile`] starts, changes and stops them.
//!
//! # Limits
//!
//! Handlers that are called again and again should not be the `run` of a workflow, which runs once for each
//! key: schedule a handler that starts it.

mod client;
mod contract;
mod cron;
mod declared;
mod description;
mod directory;
mod error;
mod names;
mod object;
mod overlap;
mod stored_call;
mod times;
mod timetable;

use restate::Service;

pub use client::Schedules;
pub use declared::{Declared, InvalidDeclaration, Reconciled};
pub use description::{Description, Firing};
pub use error::{InvalidSpec, ScheduleError};
pub use timetable::{CatchUp, Overlap, Timetable};

/// The service that keeps schedules, `schedules.v1.Schedule`.
pub fn schedule() -> impl Service {
    contract::ScheduleServer::new(object::Keeper)
}

/// The service that knows the names of schedules, `schedules.v1.Directory`.
pub fn directory() -> impl Service {
    contract::DirectoryServer::new(directory::NamesInState)
}

//! What a durable service is, its rules, and the code it becomes.
//!
//! `restate-macros` reads a trait into [`Service`], `restate-codegen` a `.proto` file. Both then
//! [`check`] it and [`expand`] it, so that a contract means the same however it was written.

mod check;
mod docs;
mod expand;
mod model;
mod settings;

pub use check::{Problem, Subject, check};
pub use docs::Docs;
pub use expand::{expand, expand_beside};
pub use model::{Handler, HandlerKind, Kind, Parts, Service};
pub use settings::{OnMaxAttempts, Retries, Settings, duration};

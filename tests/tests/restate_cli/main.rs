//! Restate's own command line on the admin interface of the embedded engine.
#![allow(
    missing_docs,
    unreachable_pub,
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test that panics has failed, and that is what it is for"
)]

mod deployments;
mod invocations;
mod rules;
mod server;
mod services;
mod setup;
mod sql;
mod state;
mod version;

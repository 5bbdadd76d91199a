//! The client against a server whose answers are scripted.
#![allow(
    missing_docs,
    unreachable_pub,
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test that panics has failed, and that is what it is for"
)]

mod awakeables;
mod calls;
mod clients;
mod connections;
mod failures;
mod nodes;
mod results;
mod retries;
mod sends;
mod server;
mod setup;
mod timeouts;
#[cfg(feature = "tls")]
mod tls;
mod workflows;

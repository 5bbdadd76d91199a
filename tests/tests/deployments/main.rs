//! Deployments of the embedded engine: services behind URLs, which it drives over HTTP.
#![allow(
    missing_docs,
    unreachable_pub,
    missing_debug_implementations,
    clippy::unwrap_used,
    clippy::panic,
    clippy::disallowed_methods,
    reason = "a test that panics has failed, and that is what it is for"
)]

mod crowded;
mod misbehaving;
mod protocol;
mod registration;
mod revisions;
mod rogue;
mod security;
mod setup;
mod trace;

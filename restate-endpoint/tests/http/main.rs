//! The endpoint against the server's side of HTTP and of the service protocol.
#![allow(
    missing_docs,
    unreachable_pub,
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test that panics has failed, and that is what it is for"
)]

mod blocking;
mod bounds;
mod build;
mod discovery;
mod frames;
#[cfg(feature = "request-identity")]
mod identity;
mod invoke;
mod lost;
mod metrics;
mod mount;
mod refusals;
mod runtime;
mod services;
mod shutdown;
#[cfg(feature = "tls")]
mod tls;

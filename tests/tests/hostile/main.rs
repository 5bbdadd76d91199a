//! Clients that mean harm, on every server: ingress, admin interface and endpoint.
//!
//! Fuzz targets explore further: see `docs/fuzzing.md`.
#![allow(
    missing_docs,
    unreachable_pub,
    missing_debug_implementations,
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test that panics has failed, and that is what it is for"
)]

mod abuse;
mod http2;
mod mutations;
mod servers;

//! The endpoint behind a real Restate server.
#![allow(
    missing_docs,
    unreachable_pub,
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test that panics has failed, and that is what it is for"
)]

mod deployment;
mod encodings;
mod identity;
mod ingress;
mod large;
mod late;
mod messages;
mod revisions;
mod services;
mod shutdown;
mod smoke;
mod traces;
mod typescript;
mod typescript_client;

//! The driver against an engine that is scripted message by message.
//!
//! Test names begin with the ID of the behavior they show, where it has one.
#![allow(
    missing_docs,
    unreachable_pub,
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test that panics has failed, and that is what it is for"
)]

mod cancellation;
mod clients;
mod combine;
mod completions;
mod concurrency;
mod delayed;
mod determinism;
mod encoding;
mod failures;
mod handles;
mod logs;
mod message_limit;
mod mismatch;
mod misuse;
mod one_way;
mod programs;
mod request_response;
mod run;
mod script;
mod singletons;
mod spans;
mod state;
mod suspension;
mod transcript;

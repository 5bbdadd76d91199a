//! A handler in Rust, in the process of the embedded engine, calls an object in TypeScript behind a URL,
//! which calls back. Half-way, the invocation is cancelled or killed, a process dies, or a new revision is
//! registered: every effect happens exactly once.
//!
//! Each scenario runs twice: with attempts that wait, and with attempts that suspend at every wait.
#![allow(
    missing_docs,
    unreachable_pub,
    missing_debug_implementations,
    clippy::unwrap_used,
    clippy::panic,
    clippy::disallowed_methods,
    reason = "a test that panics has failed, and that is what it is for"
)]

mod ended;
mod example;
mod restarted;
mod served;
mod services;
mod shop;
mod upgraded;

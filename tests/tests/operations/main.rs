//! What the command line `restate-embedded` does with a real Restate server.
#![allow(
    missing_docs,
    unreachable_pub,
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test that panics has failed, and that is what it is for"
)]

mod command_line;
mod interruption;
mod moving;
mod record;

//! Clients of other libraries, each in its own process.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on must fail")]

pub mod buf;
pub mod grpcio;
pub mod node;
pub mod program;

//! Clients of other libraries, each in its own process.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on must fail")]

mod browser;
mod buf;
mod grpcio;
mod node;
mod page;
mod program;

//! Clients of other libraries, each in its own process.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on must fail")]

mod browser;
mod calls;
mod page;

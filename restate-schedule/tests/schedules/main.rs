//! Schedules on an engine with virtual time.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on must fail")]

mod clients;
mod crashes;
mod declared;
mod overlaps;
mod services;
mod year;

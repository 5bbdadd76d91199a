//! Shared code of the tests: services, Restate servers, and an HTTP client.
#![allow(clippy::panic, reason = "a test that panics has failed, and that is what it is for")]

pub mod bench;
pub mod client;
pub mod cluster;
pub mod command_line;
pub mod endpoint;
pub mod port;
pub mod postgres;
pub mod process;
pub mod program;
pub mod promtool;
pub mod python;
pub mod random;
pub mod restate_cli;
pub mod server;
pub mod services;
pub mod services_program;
pub mod target;
pub mod typescript;
pub mod typescript_client;
pub mod typescript_example;

pub use target::target;

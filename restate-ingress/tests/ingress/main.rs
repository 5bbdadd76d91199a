//! The client against a server whose answers are scripted.

mod awakeables;
mod calls;
mod clients;
mod connections;
mod failures;
mod results;
mod retries;
mod sends;
mod server;
mod setup;
mod timeouts;
#[cfg(feature = "tls")]
mod tls;
mod workflows;

//! Clients that have the contract, of each protocol.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on must fail")]

mod connect;
mod durability;
mod grpc;
mod http;
mod invocations;
mod keys;
mod own_services;
mod plain;
mod private;
mod promises;
mod robustness;
mod tls;
mod web;

//! gRPC, gRPC-Web and Connect in front of a Restate server.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on must fail")]

mod admin;
mod clients;
mod cluster;
mod described;
mod durability;
mod embedded;
mod encodings;
mod health;
mod hidden;
mod invocations;
mod layer;
mod nodes;
mod program;
mod third_party;
mod workflow;
mod world;

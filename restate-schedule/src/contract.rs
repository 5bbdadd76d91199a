//! The contract of the services, generated from `proto/restate/schedule/v1/schedule.proto`.

#![allow(missing_docs, unreachable_pub, reason = "the contract says what its names do not")]

restate::include_proto!("restate.schedule.v1");

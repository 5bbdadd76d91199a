//! The contract of the services, generated from `proto/schedules/v1/schedule.proto`.

#![allow(missing_docs, unreachable_pub, reason = "the contract says what its names do not")]

restate::include_proto!("schedules.v1");

//! Contracts that the cases in `fail` and `pass` use.

#![allow(missing_docs, reason = "as in the contract")]

restate_core::include_proto!("contracts.v1");

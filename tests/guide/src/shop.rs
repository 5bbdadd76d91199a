//! The code that is generated from the contract.

restate::include_proto!("shop.v1");

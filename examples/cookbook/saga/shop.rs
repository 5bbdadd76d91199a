//! The code that is generated from `shop.proto`.

restate::include_proto!("cookbook.shop.v1");

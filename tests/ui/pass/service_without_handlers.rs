#![deny(warnings)]
#![allow(dead_code, unused_variables)]

#[restate_core::service]
pub trait Nothing {}

fn main() {}

//! Contracts that are valid for protobuf and difficult in Rust. Building this crate is the test.

#![deny(warnings)]
#![allow(
    missing_docs,
    unreachable_pub,
    clippy::enum_variant_names,
    clippy::module_inception,
    reason = "as in the contracts"
)]

#[cfg(test)]
mod beside_prost;
#[cfg(test)]
mod bytes;
#[cfg(test)]
mod nesting;

/// A module with the code for `proto/$name`, or for the contract of this name in `build.rs`; private,
/// so that the compiler reports what is not used.
macro_rules! contract {
    ($name:ident) => {
        mod $name {
            include!(concat!(env!("OUT_DIR"), "/", stringify!($name), "/contracts.rs"));
        }
    };
}

contract!(byte_order_mark);
contract!(carriage_returns);
contract!(controls);
contract!(deprecated);
contract!(directions);
contract!(encodings);
contract!(names_of_keywords);
contract!(names_of_services);
contract!(own_file_of_google);
contract!(own_package_of_google);
contract!(similar_names);
contract!(services_beside_prost);
contract!(types_of_plugins);
contract!(types_of_reflection);
contract!(wide);

mod messages_of_prost {
    include!(concat!(env!("OUT_DIR"), "/messages_of_prost/messages.rs"));
}

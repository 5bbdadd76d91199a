//! The messages of `google.protobuf`, with the JSON forms that are their own.

mod any;
mod duration;
mod field_mask;
mod schemas;
mod structs;
mod text;
mod timestamp;
mod wrappers;

// Generated from the contracts that come with protobuf, which say nothing more.
#[allow(missing_docs, clippy::all)]
#[rustfmt::skip]
mod messages;

pub use messages::*;

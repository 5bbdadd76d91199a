//! Contracts as descriptor sets: the options of Restate in them, and editions of protobuf.
//!
//! `restate-codegen` reads contracts when code is generated, `restate-grpc` when it runs. Both [`lower`] a set
//! first, because prost-reflect cannot read files of editions, and then read the same [`options`], so that
//! callers and handlers agree on names, kinds and keys.

mod features;
mod fields;
mod lower;
pub mod options;

pub use self::{
    features::{EDITION_2024, EDITION_PROTO2},
    fields::{Fields, NotAMessage},
    lower::{LowerError, for_prost_build, is_implicit, lower, lower_set, raise},
};

/// Field number of the files of a `google.protobuf.FileDescriptorSet`.
pub const SET_FILES: u32 = 1;

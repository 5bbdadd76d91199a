//! Which messages have fields that people must not see.

use prost_reflect::{FieldDescriptor, MessageDescriptor, OneofDescriptor};
use restate_descriptors::options::is_redacted;

use crate::names::is_in_oneof;

/// The fields of `message` with `debug_redact`, but for those of oneofs.
pub(crate) fn in_message(message: &MessageDescriptor) -> impl Iterator<Item = FieldDescriptor> {
    message.fields().filter(|field| !is_in_oneof(field) && is_redacted(field))
}

/// The fields of `oneof` with `debug_redact`.
pub(crate) fn in_oneof(oneof: &OneofDescriptor) -> impl Iterator<Item = FieldDescriptor> {
    oneof.fields().filter(is_redacted)
}

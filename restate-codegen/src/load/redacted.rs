//! Which messages and files have fields that people must not see.

use std::collections::BTreeSet;

use prost_reflect::{FieldDescriptor, FileDescriptor, MessageDescriptor, OneofDescriptor};
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

/// Whether a message of `file`, or of a file that it imports, has a field with `debug_redact`.
pub(crate) fn in_file_or_imports(file: &FileDescriptor) -> bool {
    fn any(file: &FileDescriptor, seen: &mut BTreeSet<String>) -> bool {
        seen.insert(file.name().to_owned())
            && (file.messages().any(|message| in_message_or_nested(&message))
                || file.dependencies().any(|import| any(&import, seen)))
    }
    any(file, &mut BTreeSet::new())
}

fn in_message_or_nested(message: &MessageDescriptor) -> bool {
    message.fields().any(|field| is_redacted(&field))
        || message.child_messages().any(|message| in_message_or_nested(&message))
}

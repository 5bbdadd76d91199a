//! The files that come with protobuf: `restate-core` has the messages of some; those of the others are
//! generated where a contract uses them.

use std::collections::HashSet;

use prost_reflect::{DescriptorPool, FileDescriptor, Kind, MessageDescriptor};

/// The messages and enums that `restate-core` has in `well_known`.
pub(crate) const WELL_KNOWN: &[&str] = &[
    "google.protobuf.Any",
    "google.protobuf.BoolValue",
    "google.protobuf.BytesValue",
    "google.protobuf.DoubleValue",
    "google.protobuf.Duration",
    "google.protobuf.Empty",
    "google.protobuf.FieldMask",
    "google.protobuf.FloatValue",
    "google.protobuf.Int32Value",
    "google.protobuf.Int64Value",
    "google.protobuf.ListValue",
    "google.protobuf.NullValue",
    "google.protobuf.StringValue",
    "google.protobuf.Struct",
    "google.protobuf.Timestamp",
    "google.protobuf.UInt32Value",
    "google.protobuf.UInt64Value",
    "google.protobuf.Value",
];

/// Whether `restate-core` has the messages of this file.
pub(super) fn is_in_core(file: &str) -> bool {
    let in_core = ["any", "duration", "empty", "field_mask", "struct", "timestamp", "wrappers"];
    comes_with_protobuf(file, &in_core)
}

/// Whether the messages of this file are generated only where they are used.
pub(super) fn is_optional(file: &str) -> bool {
    let optional = [
        "api",
        "compiler/plugin",
        "cpp_features",
        "descriptor",
        "go_features",
        "java_features",
        "source_context",
        "type",
    ];
    comes_with_protobuf(file, &optional)
}

/// Whether this file is one of those that protox has.
pub(super) fn is_in_protox(file: &str) -> bool {
    let others = ["api", "compiler/plugin", "descriptor", "source_context", "type"];
    is_in_core(file) || comes_with_protobuf(file, &others)
}

/// Whether `file` is one of `names`. A contract may have files of its own in the same directory.
fn comes_with_protobuf(file: &str, names: &[&str]) -> bool {
    let name = file.strip_prefix("google/protobuf/").and_then(|name| name.strip_suffix(".proto"));
    name.is_some_and(|name| names.contains(&name))
}

/// The optional files whose messages or enums are in messages and services of `pool`, by name.
pub(super) fn used(pool: &DescriptorPool) -> HashSet<String> {
    let mut used = HashSet::new();
    let mut open: Vec<_> = pool.files().filter(|file| !is_optional(file.name())).collect();
    while let Some(file) = open.pop() {
        for other in referred_to(&file) {
            if is_optional(other.name()) && used.insert(other.name().to_owned()) {
                open.push(other);
            }
        }
    }
    used
}

/// The files of the types that the messages and services of `file` refer to.
fn referred_to(file: &FileDescriptor) -> Vec<FileDescriptor> {
    let mut files = Vec::new();
    let mut open: Vec<MessageDescriptor> = file.messages().collect();
    while let Some(message) = open.pop() {
        files.extend(message.fields().filter_map(|field| match field.kind() {
            Kind::Message(message) => Some(message.parent_file()),
            Kind::Enum(values) => Some(values.parent_file()),
            _ => None,
        }));
        open.extend(message.child_messages());
    }
    for method in file.services().flat_map(|service| service.methods().collect::<Vec<_>>()) {
        files.extend([method.input(), method.output()].map(|message| message.parent_file()));
    }
    files
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::super::Contract;

    #[test]
    fn descriptors_are_generated_where_a_message_holds_them_but_not_for_an_import() {
        let files = |body: &str| {
            let directory = tempfile::tempdir().unwrap();
            let text = format!(
                "syntax = \"proto3\";\npackage a;\nimport \"google/protobuf/descriptor.proto\";\n{body}"
            );
            fs::write(directory.path().join("a.proto"), text).unwrap();
            let contract = Contract::load(&["a.proto"], &[directory.path()]).unwrap();
            contract.files().map(|file| file.name().to_owned()).collect::<Vec<_>>()
        };
        let option = "extend google.protobuf.FieldOptions { string unit = 50000; }";
        assert_eq!(files(option), ["a.proto"]);
        let message =
            "message Schema { message Of { google.protobuf.FileDescriptorSet set = 1; } }";
        assert_eq!(files(message), ["google/protobuf/descriptor.proto", "a.proto"]);
    }

    #[test]
    fn a_file_of_the_contract_may_be_in_the_directory_of_protobuf() {
        assert!(!super::is_optional("google/protobuf/mine.proto"));
        assert!(super::is_optional("google/protobuf/compiler/plugin.proto"));
    }
}

//! Where everything in a file stands, also what its descriptor does not say it of.
//!
//! prost-build looks up the location of all that it generates, if there are locations at all, and
//! panics over one that is missing.

use std::collections::HashSet;

use prost_types::{
    DescriptorProto, EnumDescriptorProto, FileDescriptorProto, source_code_info::Location,
};

/// Adds locations without comments where `file` has none.
pub(crate) fn complete(file: &mut FileDescriptorProto) {
    let Some(mut info) = file.source_code_info.take() else { return };
    let known: HashSet<&[i32]> = info.location.iter().map(|location| &location.path[..]).collect();
    let missing = paths(file).into_iter().filter(|path| !known.contains(&path[..]));
    let missing: Vec<_> = missing.map(|path| Location { path, ..Location::default() }).collect();
    info.location.extend(missing);
    file.source_code_info = Some(info);
}

/// Field numbers in `descriptor.proto`, of which paths to elements are made.
const MESSAGES: i32 = 4;
const ENUMS: i32 = 5;
const SERVICES: i32 = 6;
const FIELDS: i32 = 2;
const NESTED_MESSAGES: i32 = 3;
const NESTED_ENUMS: i32 = 4;
const ONEOFS: i32 = 8;
const VALUES: i32 = 2;
const METHODS: i32 = 2;

fn paths(file: &FileDescriptorProto) -> Vec<Vec<i32>> {
    let mut paths = Vec::new();
    for (index, message) in (0..).zip(&file.message_type) {
        add_message(vec![MESSAGES, index], message, &mut paths);
    }
    for (index, values) in (0..).zip(&file.enum_type) {
        add_enum(vec![ENUMS, index], values, &mut paths);
    }
    for (index, service) in (0..).zip(&file.service) {
        add_all(&[SERVICES, index], METHODS, service.method.len(), &mut paths);
        paths.push(vec![SERVICES, index]);
    }
    paths
}

fn add_message(path: Vec<i32>, message: &DescriptorProto, paths: &mut Vec<Vec<i32>>) {
    add_all(&path, FIELDS, message.field.len(), paths);
    add_all(&path, ONEOFS, message.oneof_decl.len(), paths);
    for (index, nested) in (0..).zip(&message.nested_type) {
        add_message([&path[..], &[NESTED_MESSAGES, index]].concat(), nested, paths);
    }
    for (index, values) in (0..).zip(&message.enum_type) {
        add_enum([&path[..], &[NESTED_ENUMS, index]].concat(), values, paths);
    }
    paths.push(path);
}

fn add_enum(path: Vec<i32>, values: &EnumDescriptorProto, paths: &mut Vec<Vec<i32>>) {
    add_all(&path, VALUES, values.value.len(), paths);
    paths.push(path);
}

fn add_all(path: &[i32], kind: i32, count: usize, paths: &mut Vec<Vec<i32>>) {
    paths.extend((0..).take(count).map(|index| [path, &[kind, index]].concat()));
}

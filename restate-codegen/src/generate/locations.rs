//! Completes the source locations of a file.
//!
//! If a file has locations, prost-build looks up one for everything it generates, and panics if it
//! is missing. Tools that edit descriptor sets leave some out.

use std::collections::HashSet;

use prost_types::{
    DescriptorProto, EnumDescriptorProto, FileDescriptorProto, source_code_info::Location,
};

/// Adds an empty location for every element of `file` that has none.
pub(crate) fn complete(file: &mut FileDescriptorProto) {
    let Some(mut info) = file.source_code_info.take() else { return };
    let known: HashSet<&[i32]> = info.location.iter().map(|location| &location.path[..]).collect();
    let missing = paths(file).into_iter().filter(|path| !known.contains(&path[..]));
    let missing: Vec<_> = missing.map(|path| Location { path, ..Location::default() }).collect();
    info.location.extend(missing);
    file.source_code_info = Some(info);
}

/// Field numbers of `descriptor.proto`, which make up the paths of elements.
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

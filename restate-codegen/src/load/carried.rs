//! The files of a contract that generated code carries, so that engines can describe it to clients that
//! do not have it.

use std::collections::HashMap;

use prost_reflect::FileDescriptor;
use restate_descriptors::{Fields, NotAMessage, SET_FILES, raise};

use super::{OPTIONS, well_known};

/// These files and all that they import, as a descriptor set. Those that `restate-grpc` has are left out.
///
/// Files are as in `given`, by their names, where they are there. All others are encoded again, so that the
/// bytes depend on the contract and not on the compiler that has read it.
pub(super) fn carried(files: &[FileDescriptor], given: &HashMap<String, &[u8]>) -> Vec<u8> {
    let mut all: Vec<FileDescriptor> = Vec::new();
    let mut open: Vec<FileDescriptor> = files.iter().rev().cloned().collect();
    while let Some(file) = open.pop() {
        if !comes_with_library(file.name()) && !all.contains(&file) {
            open.extend(file.dependencies());
            all.push(file);
        }
    }
    // Neither the order of imports nor that of the compiler matters.
    all.sort_by(|one, other| one.name().cmp(other.name()));
    let mut set = Fields::default();
    for file in all {
        let encoded = match given.get(file.name()) {
            Some(given) => given.to_vec(),
            None => {
                let lowered = file.encode_to_vec();
                raise(&lowered).unwrap_or(lowered)
            }
        };
        let stripped = stripped(&encoded).unwrap_or(encoded);
        set.push_bytes(SET_FILES, stripped);
    }
    set.encode()
}

/// The files of editions in a descriptor set, by name: they were lowered, which cannot be undone.
pub(super) fn by_name(set: &Fields) -> HashMap<String, &[u8]> {
    let name = |file: &[u8]| {
        let fields = Fields::decode(file).ok()?;
        (fields.text(FILE_SYNTAX) == "editions").then(|| fields.text(FILE_NAME).to_owned())
    };
    set.all(SET_FILES).filter_map(|file| Some((name(file)?, file))).collect()
}

/// Field numbers of `FileDescriptorProto`.
const FILE_NAME: u32 = 1;
const FILE_SERVICES: u32 = 6;
const FILE_SOURCE_INFO: u32 = 9;
const FILE_SYNTAX: u32 = 12;
/// What buf says of a file, such as whether it was imported.
const FILE_BUF: u32 = 8042;
/// Field number of `ServiceDescriptorProto`.
const SERVICE_METHODS: u32 = 2;
/// Field number of `MethodDescriptorProto`.
const METHOD_OPTIONS: u32 = 4;

/// The file without comments and positions, and without what only some compilers write.
fn stripped(file: &[u8]) -> Result<Vec<u8>, NotAMessage> {
    let mut file = Fields::decode(file)?;
    file.remove(FILE_SOURCE_INFO);
    file.remove(FILE_BUF);
    file.change_all(FILE_SERVICES, |service| {
        let mut service = Fields::decode(service)?;
        service.change_all(SERVICE_METHODS, |method| {
            let mut method = Fields::decode(method)?;
            // buf writes none where an rpc has an empty block.
            if method.all(METHOD_OPTIONS).all(<[u8]>::is_empty) {
                method.remove(METHOD_OPTIONS);
            }
            Ok(method.encode())
        })?;
        Ok(service.encode())
    })?;
    Ok(file.encode())
}

/// Whether `restate-grpc` has this file.
fn comes_with_library(name: &str) -> bool {
    OPTIONS.iter().any(|(own, _)| *own == name) || well_known::is_in_protox(name)
}

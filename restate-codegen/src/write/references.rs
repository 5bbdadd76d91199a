//! The other packages whose types a generated file names, by paths relative to its own module.
//!
//! `include_proto!` reads them in the file, to explain how the modules around it have to be nested.

use std::collections::BTreeSet;

use prost_reflect::{FileDescriptor, Kind, MessageDescriptor};

use crate::names::Names;

/// The line of a generated file that lists them.
pub(super) const LINE: &str = "// It names the packages around it: ";

/// The packages of the types that the messages and services of `protos`, one package, refer to.
pub(super) fn packages(protos: &[FileDescriptor], names: &Names) -> BTreeSet<String> {
    let mut found = References { names, packages: BTreeSet::new() };
    for file in protos {
        file.messages().for_each(|message| found.fields(&message));
        for rpc in file.services().flat_map(|service| service.methods().collect::<Vec<_>>()) {
            for message in [rpc.input(), rpc.output()] {
                found.add(message.full_name(), message.package_name());
            }
        }
    }
    let own = protos.first().map(FileDescriptor::package_name);
    found.packages.into_iter().filter(|package| Some(package.as_str()) != own).collect()
}

struct References<'n> {
    names: &'n Names,
    packages: BTreeSet<String>,
}

impl References<'_> {
    fn fields(&mut self, message: &MessageDescriptor) {
        if self.names.is_extern(message.full_name()) {
            return;
        }
        for field in message.fields() {
            match field.kind() {
                Kind::Message(ty) => self.add(ty.full_name(), ty.package_name()),
                Kind::Enum(ty) => self.add(ty.full_name(), ty.package_name()),
                _ => {}
            }
        }
        message.child_messages().for_each(|message| self.fields(&message));
    }

    fn add(&mut self, full_name: &str, package: &str) {
        if !self.names.is_extern(full_name) {
            self.packages.insert(package.to_owned());
        }
    }
}

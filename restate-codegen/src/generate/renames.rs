//! Renames parts of services whose names are taken in their module.

use std::collections::HashSet;

use prost_build::Module;
use quote::format_ident;
use restate_expand::Service;
use syn::Ident;

use crate::{load::Contract, names::type_name};

/// Appends underscores to the names of parts of `services` until they are unique in their module.
///
/// Messages keep their names, because the contract chose them; then traits; then clients and
/// servers.
pub(crate) fn rename(contract: &Contract, module: &Module, services: &mut [Service]) {
    let mut taken = types(contract, module);
    for service in services.iter_mut() {
        claim(&mut service.ident, &mut taken);
    }
    for service in services {
        claim(&mut service.client, &mut taken);
        claim(&mut service.server, &mut taken);
    }
}

fn types(contract: &Contract, module: &Module) -> HashSet<String> {
    let is_here = |package: &str| Module::from_protobuf_package_name(package) == *module;
    let files = contract.files().filter(|file| is_here(file.package_name()));
    let names = files.flat_map(|file| {
        let messages = file.messages().map(|it| type_name(it.name()));
        let enums = file.enums().map(|it| type_name(it.name()));
        messages.chain(enums).collect::<Vec<_>>()
    });
    names.collect()
}

fn claim(ident: &mut Ident, taken: &mut HashSet<String>) {
    while !taken.insert(ident.to_string()) {
        *ident = format_ident!("{ident}_");
    }
}

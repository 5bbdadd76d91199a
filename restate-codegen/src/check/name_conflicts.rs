//! The rules for names: those that differ in a contract must differ in Rust, and be valid there.

use std::collections::HashMap;

use prost_build::Module;
use prost_reflect::{
    Cardinality, EnumDescriptor, FieldDescriptor, FileDescriptor, Kind, MessageDescriptor,
    OneofDescriptor, ServiceDescriptor,
};

use crate::{
    error::{CodegenError, Mistake},
    load::Contract,
    location::SourceLocation,
    names::{Names, has_presence, is_in_oneof, type_name, value_name, variant_name},
};

/// Reports each name of `contract` that would be taken or invalid in Rust.
///
/// With an `include_file`, all packages are in one module tree and can conflict with each other.
pub(crate) fn check(
    contract: &Contract,
    names: &Names,
    include_file: Option<&str>,
) -> Result<(), CodegenError> {
    let mut mistakes = Vec::new();
    let mut modules: HashMap<Module, RustScope> = HashMap::new();
    for file in contract.files_and_well_known() {
        let module = Module::from_protobuf_package_name(file.package_name());
        let mut checker = NameChecker { file: &file, names, mistakes: &mut mistakes };
        let scope = modules.entry(module).or_default();
        file.messages().for_each(|message| checker.message(&message, scope));
        file.enums().for_each(|values| checker.enumeration(&values, scope));
        file.services().for_each(|service| checker.service(&service));
    }
    if include_file.is_some() {
        check_packages(contract, names, &mut mistakes);
    }
    CodegenError::unless_empty(mistakes)
}

/// Reports messages whose module would also be the module of a package, or contain it.
fn check_packages(contract: &Contract, names: &Names, mistakes: &mut Vec<Mistake>) {
    let is_written =
        |file: &FileDescriptor| file.services().len() > 0 || !names.is_extern(file.package_name());
    let packages: Vec<_> = contract
        .files()
        .filter(is_written)
        .map(|file| (parts(file.package_name()), file.package_name().to_owned()))
        .collect();
    for file in contract.files() {
        for message in file.messages().filter(|message| has_module(message, names)) {
            let mut module = parts(file.package_name());
            module.push(value_name(message.name()));
            let package = packages.iter().find(|(package, _)| package.starts_with(&module));
            let Some((_, package)) = package else { continue };
            let text = format!(
                "the module of message `{}` and the module of package `{package}` would both be \
                 `{}` in Rust; rename one, or generate the package separately and name it with \
                 `extern_path`",
                message.name(),
                module.join("::"),
            );
            mistakes.push(Mistake::at(SourceLocation::of(&file, message.path()), text));
        }
    }
}

fn parts(package: &str) -> Vec<String> {
    Module::from_protobuf_package_name(package).parts().map(str::to_owned).collect()
}

/// Whether a module is generated for `message`: it has nested types or oneofs.
fn has_module(message: &MessageDescriptor, names: &Names) -> bool {
    let mut messages = message.child_messages().filter(|message| !message.is_map_entry());
    let is_extern = names.is_extern(message.full_name());
    let has_oneofs = message.oneofs().any(|oneof| !oneof.is_synthetic());
    !is_extern && (messages.next().is_some() || message.child_enums().len() > 0 || has_oneofs)
}

/// The Rust names in one scope, each with a description of its element.
#[derive(Default)]
struct RustScope(HashMap<String, String>);

struct NameChecker<'r> {
    file: &'r FileDescriptor,
    names: &'r Names,
    mistakes: &'r mut Vec<Mistake>,
}

impl NameChecker<'_> {
    fn message(&mut self, message: &MessageDescriptor, scope: &mut RustScope) {
        if message.is_map_entry() || self.names.is_extern(message.full_name()) {
            return;
        }
        let (name, path) = (message.name(), message.path());
        self.add(scope, type_name(name), format!("message `{name}`"), path);
        let mut nested = RustScope::default();
        message.child_messages().for_each(|message| self.message(&message, &mut nested));
        message.child_enums().for_each(|values| self.enumeration(&values, &mut nested));
        let oneofs = self.oneofs(message, &mut nested);
        if !nested.0.is_empty() {
            let what = format!("the module of message `{name}`");
            self.add(scope, value_name(name), what, path);
        }
        self.fields(message, &oneofs);
    }

    /// Checks the oneofs of `message`; returns those without a conflict.
    fn oneofs(
        &mut self,
        message: &MessageDescriptor,
        scope: &mut RustScope,
    ) -> Vec<OneofDescriptor> {
        let mut oneofs = Vec::new();
        for oneof in message.oneofs().filter(|oneof| !oneof.is_synthetic()) {
            let ty = self.names.oneof(&oneof);
            let ty = ty.rsplit("::").next().unwrap_or_default().to_owned();
            let what = format!("oneof `{}` of `{}`", oneof.name(), message.name());
            let is_free = self.add(scope, ty, what, oneof.path());
            let mut variants = RustScope::default();
            for field in oneof.fields() {
                let what = format!("field `{}` of oneof `{}`", field.name(), oneof.name());
                self.add_field(&mut variants, type_name(field.name()), what, &field);
            }
            oneofs.extend(Some(oneof).filter(|_| is_free));
        }
        oneofs
    }

    fn fields(&mut self, message: &MessageDescriptor, oneofs: &[OneofDescriptor]) {
        let (mut fields, mut methods) = (RustScope::default(), RustScope::default());
        for field in message.fields().filter(|field| !is_in_oneof(field)) {
            let (name, path) = (field.name(), field.path());
            let what = format!("field `{name}` of `{}`", message.name());
            if !self.add_field(&mut fields, value_name(name), what, &field) {
                continue;
            }
            for method in methods_of(&field) {
                if method.contains("_r#") {
                    let message = format!(
                        "map `{name}` of `{}` is named like a keyword of Rust, for which prost \
                         cannot generate a map of enums; rename it",
                        message.name()
                    );
                    self.mistakes.push(Mistake::at(SourceLocation::of(self.file, path), message));
                    break;
                }
                let what = format!("a method for field `{name}` of `{}`", message.name());
                self.add(&mut methods, method, what, path);
            }
        }
        for oneof in oneofs {
            let what = format!("oneof `{}` of `{}`", oneof.name(), message.name());
            self.add(&mut fields, value_name(oneof.name()), what, oneof.path());
        }
    }

    fn enumeration(&mut self, values: &EnumDescriptor, scope: &mut RustScope) {
        if self.names.is_extern(values.full_name()) {
            return;
        }
        let name = values.name();
        self.add(scope, type_name(name), format!("enum `{name}`"), values.path());
        let (mut variants, mut numbers) = (RustScope::default(), Vec::new());
        // In the order of the source: only the first name of a number becomes a variant.
        for (index, value) in (0..).zip(&values.enum_descriptor_proto().value) {
            if numbers.contains(&value.number()) {
                continue;
            }
            numbers.push(value.number());
            let what = format!("value `{}` of `{name}`", value.name());
            let path = [values.path(), &[ENUM_VALUE, index]].concat();
            self.add(&mut variants, variant_name(name, value.name()), what, &path);
        }
    }

    /// Checks only that names are valid: `renames` resolves conflicts of services, and the rules of
    /// `restate-expand` report those of handlers.
    fn service(&mut self, service: &ServiceDescriptor) {
        let name = service.name();
        self.check_legible(name, &format!("service `{name}`"), service.path());
        for rpc in service.methods() {
            self.check_legible(rpc.name(), &format!("rpc `{}`", rpc.name()), rpc.path());
        }
    }

    /// Claims the name `rust` for `what`. Reports it and returns `false` if it is taken or invalid.
    fn add(&mut self, scope: &mut RustScope, rust: String, what: String, path: &[i32]) -> bool {
        self.claim(scope, rust, what, path, "rename one")
    }

    /// Claims the name `rust` for a field, whose new name need not change what is sent.
    fn add_field(
        &mut self,
        scope: &mut RustScope,
        rust: String,
        what: String,
        field: &FieldDescriptor,
    ) -> bool {
        let way_out = format!(
            "rename one; binary messages contain no names, and `[json_name = {:?}]` keeps the name \
             in JSON",
            field.json_name()
        );
        self.claim(scope, rust, what, field.path(), &way_out)
    }

    fn claim(
        &mut self,
        scope: &mut RustScope,
        rust: String,
        what: String,
        path: &[i32],
        way_out: &str,
    ) -> bool {
        if !self.check_legible(&rust, &what, path) {
            return false;
        }
        let Some(other) = scope.0.get(&rust) else {
            scope.0.insert(rust, what);
            return true;
        };
        let message = format!("{other} and {what} would both be `{rust}` in Rust; {way_out}");
        self.mistakes.push(Mistake::at(SourceLocation::of(self.file, path), message));
        false
    }

    fn check_legible(&mut self, name: &str, what: &str, path: &[i32]) -> bool {
        let is_legible = name.contains(|c: char| c != '_');
        if !is_legible {
            let message = format!(
                "the name of {what} has no letter and no digit, and cannot become a name in Rust; \
                 rename it"
            );
            self.mistakes.push(Mistake::at(SourceLocation::of(self.file, path), message));
        }
        is_legible
    }
}

/// The methods that prost generates for a field.
fn methods_of(field: &FieldDescriptor) -> Vec<String> {
    let name = value_name(field.name());
    let plain = name.strip_prefix("r#").unwrap_or(&name);
    match field.kind() {
        Kind::Message(entry) if field.is_map() => match entry.map_entry_value_field().kind() {
            Kind::Enum(_) => vec![format!("get_{name}"), format!("insert_{name}")],
            _ => Vec::new(),
        },
        Kind::Enum(_) if field.is_list() => vec![name.clone(), format!("push_{plain}")],
        Kind::Enum(_) => vec![name.clone(), format!("set_{plain}")],
        Kind::Message(_) => Vec::new(),
        _ if field.cardinality() == Cardinality::Optional && has_presence(field) => {
            vec![name]
        }
        _ => Vec::new(),
    }
}

/// Field number of `descriptor.proto`, which is part of the paths of enum values.
const ENUM_VALUE: i32 = 2;

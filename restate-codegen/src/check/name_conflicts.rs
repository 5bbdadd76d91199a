//! Names that differ in a contract and are the same in Rust, or that Rust cannot have.

use std::collections::HashMap;

use prost_build::Module;
use prost_reflect::{
    Cardinality, EnumDescriptor, FieldDescriptor, FileDescriptor, Kind, MessageDescriptor,
    OneofDescriptor, ServiceDescriptor,
};

use crate::{
    error::{Error, Mistake},
    load::Contract,
    location::Place,
    names::{Names, is_in_oneof, type_name, value_name, variant_name},
};

/// Fails for each name of `contract` that another has taken in Rust, or that is none there.
///
/// With an `include_file`, all packages are modules of one tree.
pub(crate) fn check(
    contract: &Contract,
    names: &Names,
    include_file: Option<&str>,
) -> Result<(), Error> {
    let mut mistakes = Vec::new();
    let mut modules: HashMap<Module, Scope> = HashMap::new();
    for file in contract.files_and_well_known() {
        let module = Module::from_protobuf_package_name(file.package_name());
        let mut reader = Reader { file: &file, names, mistakes: &mut mistakes };
        let scope = modules.entry(module).or_default();
        file.messages().for_each(|message| reader.message(&message, scope));
        file.enums().for_each(|values| reader.enumeration(&values, scope));
        file.services().for_each(|service| reader.service(&service));
    }
    if include_file.is_some() {
        check_packages(contract, names, &mut mistakes);
    }
    if mistakes.is_empty() { Ok(()) } else { Err(Error::contract(mistakes)) }
}

/// Reports messages whose module is that of a package, too, or of one around it.
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
                "the module of what is in message `{}` and that of the package `{package}` would \
                 both be `{}` in Rust; rename one, or generate the package apart and name it with \
                 `extern_path`",
                message.name(),
                module.join("::"),
            );
            mistakes.push(Mistake::new(Place::of(&file, message.path()), text));
        }
    }
}

fn parts(package: &str) -> Vec<String> {
    Module::from_protobuf_package_name(package).parts().map(str::to_owned).collect()
}

/// Whether there is code for what is inside of `message`.
fn has_module(message: &MessageDescriptor, names: &Names) -> bool {
    let mut messages = message.child_messages().filter(|message| !message.is_map_entry());
    let is_extern = names.is_extern(message.full_name());
    let has_oneofs = message.oneofs().any(|oneof| !oneof.is_synthetic());
    !is_extern && (messages.next().is_some() || message.child_enums().len() > 0 || has_oneofs)
}

/// What has which name in one place of Rust.
#[derive(Default)]
struct Scope(HashMap<String, String>);

struct Reader<'r> {
    file: &'r FileDescriptor,
    names: &'r Names,
    mistakes: &'r mut Vec<Mistake>,
}

impl Reader<'_> {
    fn message(&mut self, message: &MessageDescriptor, scope: &mut Scope) {
        if message.is_map_entry() || self.names.is_extern(message.full_name()) {
            return;
        }
        let (name, path) = (message.name(), message.path());
        self.add(scope, type_name(name), format!("message `{name}`"), path);
        let mut nested = Scope::default();
        message.child_messages().for_each(|message| self.message(&message, &mut nested));
        message.child_enums().for_each(|values| self.enumeration(&values, &mut nested));
        let oneofs = self.oneofs(message, &mut nested);
        if !nested.0.is_empty() {
            let what = format!("the module of what is in message `{name}`");
            self.add(scope, value_name(name), what, path);
        }
        self.fields(message, &oneofs);
    }

    /// The oneofs of `message` whose names are in order.
    fn oneofs(&mut self, message: &MessageDescriptor, scope: &mut Scope) -> Vec<OneofDescriptor> {
        let mut oneofs = Vec::new();
        for oneof in message.oneofs().filter(|oneof| !oneof.is_synthetic()) {
            let ty = self.names.oneof(&oneof);
            let ty = ty.rsplit("::").next().unwrap_or_default().to_owned();
            let what = format!("oneof `{}` of `{}`", oneof.name(), message.name());
            let is_in_order = self.add(scope, ty, what, oneof.path());
            let mut variants = Scope::default();
            for field in oneof.fields() {
                let what = format!("field `{}` of oneof `{}`", field.name(), oneof.name());
                self.add(&mut variants, type_name(field.name()), what, field.path());
            }
            oneofs.extend(Some(oneof).filter(|_| is_in_order));
        }
        oneofs
    }

    fn fields(&mut self, message: &MessageDescriptor, oneofs: &[OneofDescriptor]) {
        let (mut fields, mut methods) = (Scope::default(), Scope::default());
        for field in message.fields().filter(|field| !is_in_oneof(field)) {
            let (name, path) = (field.name(), field.path());
            let what = format!("field `{name}` of `{}`", message.name());
            if !self.add(&mut fields, value_name(name), what, path) {
                continue;
            }
            for method in methods_of(&field) {
                if method.contains("_r#") {
                    let message = format!(
                        "map `{name}` of `{}` has the name of a keyword, which prost cannot give \
                         to a map of enums; rename it",
                        message.name()
                    );
                    self.mistakes.push(Mistake::new(Place::of(self.file, path), message));
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

    fn enumeration(&mut self, values: &EnumDescriptor, scope: &mut Scope) {
        if self.names.is_extern(values.full_name()) {
            return;
        }
        let name = values.name();
        self.add(scope, type_name(name), format!("enum `{name}`"), values.path());
        let (mut variants, mut numbers) = (Scope::default(), Vec::new());
        // As declared: only the first of several names for a number is a variant.
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

    /// What these share with others is renamed, or has a rule of its own.
    fn service(&mut self, service: &ServiceDescriptor) {
        let name = service.name();
        self.check_legible(name, &format!("service `{name}`"), service.path());
        for rpc in service.methods() {
            self.check_legible(rpc.name(), &format!("rpc `{}`", rpc.name()), rpc.path());
        }
    }

    /// Gives `what` the name `rust`; reports it, and says `false`, if it is taken or empty.
    fn add(&mut self, scope: &mut Scope, rust: String, what: String, path: &[i32]) -> bool {
        if !self.check_legible(&rust, &what, path) {
            return false;
        }
        let Some(other) = scope.0.get(&rust) else {
            scope.0.insert(rust, what);
            return true;
        };
        let message = format!("{other} and {what} would both be `{rust}` in Rust; rename one");
        self.mistakes.push(Mistake::new(Place::of(self.file, path), message));
        false
    }

    fn check_legible(&mut self, name: &str, what: &str, path: &[i32]) -> bool {
        let is_legible = name.contains(|c: char| c != '_');
        if !is_legible {
            let message = format!(
                "{what} has neither a letter nor a digit in its name, and so no name in Rust; \
                 rename it"
            );
            self.mistakes.push(Mistake::new(Place::of(self.file, path), message));
        }
        is_legible
    }
}

/// The methods that prost gives to a message for a field.
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
        _ if field.cardinality() == Cardinality::Optional && field.supports_presence() => {
            vec![name]
        }
        _ => Vec::new(),
    }
}

/// Field number in `descriptor.proto`, of which paths to elements are made.
const ENUM_VALUE: i32 = 2;

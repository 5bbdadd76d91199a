//! The Rust names of messages, enums, fields and variants, by prost-build's rules.
//!
//! They have to match what prost-build generates; it does not expose its own functions.

use heck::{ToSnakeCase, ToUpperCamelCase};
use prost_reflect::{EnumDescriptor, FieldDescriptor, Kind, MessageDescriptor, OneofDescriptor};
use restate_descriptors::is_implicit;
use syn::Ident;

/// The paths of types: in the module of their package, or at an extern path.
#[derive(Clone, Debug)]
pub(crate) struct Names {
    /// Path of the library, such as `::restate`.
    pub(crate) crate_path: String,
    extern_paths: Vec<(String, String)>,
}

impl Names {
    /// `extern_paths` maps proto paths such as `.common.v1` to Rust paths.
    pub(crate) fn new(crate_path: String, extern_paths: Vec<(String, String)>) -> Self {
        Self { crate_path, extern_paths }
    }

    /// Proto paths of messages that are not generated, and their Rust paths.
    pub(crate) fn extern_paths(&self) -> &[(String, String)] {
        &self.extern_paths
    }

    /// Whether the element with this full name is at an extern path, so that no code is generated.
    pub(crate) fn is_extern(&self, full_name: &str) -> bool {
        self.extern_path(full_name).is_some()
    }

    /// Whether the element's JSON mapping is generated elsewhere: it is at an extern path in another
    /// crate. The messages at a path in this crate are those of prost-build or tonic, which have none.
    pub(crate) fn is_mapped_elsewhere(&self, full_name: &str) -> bool {
        let library = format!("{}::well_known::", self.crate_path);
        let path = self.extern_path(full_name);
        path.is_some_and(|path| !is_in_this_crate(&path) || path.starts_with(&library))
    }

    /// The path of a message, relative to the module of `package`.
    pub(crate) fn message(&self, message: &MessageDescriptor, package: &str) -> String {
        self.path(message.full_name(), message.package_name(), package)
    }

    /// The path of an enum, relative to the module of `package`.
    pub(crate) fn enumeration(&self, values: &EnumDescriptor, package: &str) -> String {
        self.path(values.full_name(), values.package_name(), package)
    }

    /// The path of a oneof's enum, relative to the module of its message's package.
    pub(crate) fn oneof(&self, oneof: &OneofDescriptor) -> String {
        let message = oneof.parent_message();
        let name = type_name(oneof.name());
        let nested_messages = message.child_messages().map(|it| it.name().to_owned());
        let nested_enums = message.child_enums().map(|it| it.name().to_owned());
        let is_taken = nested_messages.chain(nested_enums).any(|other| type_name(&other) == name);
        let name = if is_taken { format!("{name}OneOf") } else { name };
        let message_path = self.message(message, message.package_name());
        let (modules, _) = message_path.rsplit_once("::").unwrap_or_default();
        let modules = [modules.to_owned(), value_name(message.name()), name];
        modules.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join("::")
    }

    fn path(&self, full_name: &str, package: &str, from: &str) -> String {
        if let Some(path) = self.extern_path(full_name) {
            return path;
        }
        let mut there: Vec<_> = full_name.split('.').collect();
        let ty = there.pop().unwrap_or_default();
        let here: Vec<_> = from.split('.').filter(|name| !name.is_empty()).collect();
        let is_here = package == from;
        let common = here.iter().zip(&there).take_while(|(one, other)| one == other).count();
        let up = if is_here { 0 } else { here.len() - common };
        let supers = std::iter::repeat_n("super".to_owned(), up);
        let down = there[common..].iter().map(|name| value_name(name));
        supers.chain(down).chain([type_name(ty)]).collect::<Vec<_>>().join("::")
    }

    /// The extern path of a type: its own, or that of the nearest message or package around it.
    fn extern_path(&self, full_name: &str) -> Option<String> {
        let inside = |proto: &str| full_name.strip_prefix(proto.trim_start_matches('.'));
        let matching = self.extern_paths.iter().filter_map(|(proto, rust)| {
            let rest = inside(proto)?;
            (rest.is_empty() || rest.starts_with('.')).then_some((rest, rust))
        });
        let (rest, rust) = matching.min_by_key(|(rest, _)| rest.len())?;
        let mut modules: Vec<_> = rest.split('.').filter(|name| !name.is_empty()).collect();
        let Some(ty) = modules.pop() else { return Some(rust.clone()) };
        let modules = modules.into_iter().map(value_name);
        let path = [rust.clone()].into_iter().chain(modules).chain([type_name(ty)]);
        Some(path.collect::<Vec<_>>().join("::"))
    }
}

fn is_in_this_crate(path: &str) -> bool {
    ["crate::", "super::", "self::"].iter().any(|start| path.starts_with(start))
}

/// The name of a field or a module.
pub(crate) fn value_name(name: &str) -> String {
    escaped(name.to_snake_case())
}

/// The name of a type or a variant.
pub(crate) fn type_name(name: &str) -> String {
    escaped(name.to_upper_camel_case())
}

/// The name of an enum's variant, without the name of the enum as a prefix.
pub(crate) fn variant_name(values: &str, value: &str) -> String {
    let (values, value) = (type_name(values), type_name(value));
    let rest = value.strip_prefix(&values).filter(|rest| rest.starts_with(char::is_uppercase));
    rest.map_or(value.clone(), |rest| escaped(rest.to_owned()))
}

/// Whether a field is in a oneof of the source; proto3 `optional` fields are in synthetic ones.
pub(crate) fn is_in_oneof(field: &FieldDescriptor) -> bool {
    field.containing_oneof().is_some_and(|oneof| !oneof.is_synthetic())
}

/// Whether a singular field distinguishes its default value from no value.
pub(crate) fn has_presence(field: &FieldDescriptor) -> bool {
    let is_message = matches!(field.kind(), Kind::Message(_));
    is_message || field.supports_presence() && !is_implicit(field.field_descriptor_proto())
}

/// `name`, which may be a raw identifier, as an identifier.
pub(crate) fn ident(name: &str) -> Ident {
    match name.strip_prefix("r#") {
        Some(keyword) => quote::format_ident!("r#{keyword}"),
        None => quote::format_ident!("{name}"),
    }
}

fn escaped(name: String) -> String {
    match name.as_str() {
        "crate" | "extern" | "self" | "Self" | "super" | "_" | "" => format!("{name}_"),
        // A keyword since edition 2024, which this version of syn does not know.
        "gen" => "r#gen".to_owned(),
        _ if name.starts_with(char::is_numeric) => format!("_{name}"),
        _ if syn::parse_str::<Ident>(&name).is_ok() => name,
        _ => format!("r#{name}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::crate_path::CORE;

    #[test]
    fn names_are_those_of_messages() {
        for (field, name) in [
            ("counter_id", "counter_id"),
            ("counterId", "counter_id"),
            ("type", "r#type"),
            ("gen", "r#gen"),
            ("self", "self_"),
            ("extern", "extern_"),
            ("_1st", "_1st"),
        ] {
            assert_eq!(value_name(field), name);
        }
        assert_eq!(type_name("self"), "Self_");
    }

    #[test]
    fn variants_do_not_repeat_the_name_of_their_enum() {
        for (values, value, name) in [
            ("Color", "COLOR_RED", "Red"),
            ("Color", "COLORED", "Colored"),
            ("Color", "COLOR", "Color"),
            ("Color", "COLOR_1", "Color1"),
            ("Color", "COLOR_SELF", "Self_"),
        ] {
            assert_eq!(variant_name(values, value), name);
        }
    }

    #[test]
    fn paths_lead_to_other_packages() {
        let names =
            Names::new(CORE.to_owned(), vec![(".common".to_owned(), "::shared".to_owned())]);
        for (full_name, package, path) in [
            ("a.v1.A", "a.v1", "A"),
            ("a.v1.A.B", "a.v1", "a::B"),
            ("a.v2.A", "a.v2", "super::v2::A"),
            ("b.A", "b", "super::super::b::A"),
            ("common.v1.Money.Unit", "common.v1", "::shared::v1::money::Unit"),
        ] {
            assert_eq!(names.path(full_name, package, "a.v1"), path);
        }
    }
}

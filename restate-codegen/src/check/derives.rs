//! The rule for attributes of messages: they derive no trait that generated code implements.
//!
//! Otherwise rustc reports E0119 somewhere in `OUT_DIR`, and does not say which attribute is the cause.

use std::collections::{BTreeMap, BTreeSet};

use syn::{Attribute, Item, Path, Token, punctuated::Punctuated};

use crate::{
    config::Config,
    error::{CodegenError, Mistake},
};

/// Reports each trait that `messages`, the code of every package, would implement twice.
pub(crate) fn check<'m>(
    messages: impl Iterator<Item = &'m String>,
    config: &Config,
) -> Result<(), CodegenError> {
    // Parsing takes time that few need.
    if !config.type_attributes.iter().any(|(_, attribute)| attribute.contains("derive")) {
        return Ok(());
    }
    let mut twice = BTreeMap::new();
    for text in messages {
        // What is not Rust is reported by the compiler, which shows the place.
        let Ok(file) = syn::parse_file(text) else { continue };
        file.items.iter().for_each(|item| add_item(item, &mut twice));
    }
    CodegenError::unless_empty(twice.iter().map(|(name, types)| mistake(name, types)).collect())
}

/// The names of types by the trait that they would implement twice.
type Twice = BTreeMap<String, BTreeSet<String>>;

fn add_item(item: &Item, twice: &mut Twice) {
    let (attrs, ident) = match item {
        Item::Struct(item) => (&item.attrs, &item.ident),
        Item::Enum(item) => (&item.attrs, &item.ident),
        Item::Mod(module) => {
            let items = module.content.iter().flat_map(|(_, items)| items);
            items.for_each(|item| add_item(item, twice));
            return;
        }
        _ => return,
    };
    let derived: Vec<_> = attrs.iter().flat_map(derives).collect();
    let is_derived = |name: &str| derived.iter().any(|it| it == name);
    let mut implemented = BTreeSet::new();
    for (generated, implies) in IMPLIED {
        if is_derived(generated) {
            implemented.extend(implies.iter().map(|&it| it.to_owned()));
        }
    }
    if attrs.iter().any(|attribute| mentions(attribute, "skip_debug")) {
        implemented.remove("Debug");
    }
    for name in derived {
        if !implemented.insert(name.clone()) {
            twice.entry(name).or_default().insert(ident.to_string());
        }
    }
}

/// What prost's derives and the JSON mapping implement, by the derive that shows the kind of type.
const IMPLIED: [(&str, &[&str]); 3] = [
    ("Message", &["Debug", "Default", "Serialize", "Deserialize"]),
    ("Enumeration", &["Default", "Serialize", "Deserialize"]),
    ("Oneof", &["Debug"]),
];

/// The last parts of the paths in `#[derive(..)]`.
fn derives(attribute: &Attribute) -> Vec<String> {
    if !attribute.path().is_ident("derive") {
        return Vec::new();
    }
    let paths = attribute.parse_args_with(Punctuated::<Path, Token![,]>::parse_terminated);
    let paths = paths.into_iter().flatten();
    paths.filter_map(|path| Some(path.segments.last()?.ident.to_string())).collect()
}

fn mentions(attribute: &Attribute, name: &str) -> bool {
    attribute.path().is_ident("prost")
        && attribute.parse_args::<syn::Ident>().is_ok_and(|it| it == name)
}

fn mistake(name: &str, types: &BTreeSet<String>) -> Mistake {
    let first = types.first().map(String::as_str).unwrap_or_default();
    let others = match types.len() - 1 {
        0 => String::new(),
        1 => " and another type".to_owned(),
        others => format!(" and {others} other types"),
    };
    let source = match name {
        "Serialize" | "Deserialize" => "as their JSON mapping",
        _ => "by prost's rules",
    };
    Mistake::somewhere(format!(
        "`type_attribute` derives `{name}` for `{first}`{others}, but generated code implements it \
         already, {source}; remove `{name}` from the attribute, or give the attribute a path that \
         excludes them"
    ))
}

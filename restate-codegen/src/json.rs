//! The canonical JSON form of messages, as pbjson-build generates it.

use std::collections::BTreeMap;

use prost_build::Module;
use quote::format_ident;
use syn::{
    Ident, Path, PathSegment, UseTree, parse_quote,
    visit_mut::{self, VisitMut},
};

use crate::{config::Config, load::Contract};

/// The serde impls for the messages of `contract`, by proto package.
pub(crate) fn generate(contract: &Contract, config: &Config) -> BTreeMap<Module, syn::File> {
    let mut builder = pbjson_build::Builder::new();
    builder.btree_map(["."]);
    for (proto, rust) in config.extern_paths() {
        builder.exclude([proto]).extern_path(proto, rust);
    }
    for file in contract.files_and_well_known() {
        builder.register_file_descriptor(file.file_descriptor_proto().clone());
    }
    let packages =
        builder.generate(&["."], |_| Ok(Vec::new())).expect("writing into memory does not fail");
    let files = packages.into_iter().map(|(package, code)| {
        let code = String::from_utf8(code).expect("pbjson-build generates UTF-8");
        let mut file = syn::parse_file(&code).expect("pbjson-build generates what rustc can parse");
        Reroot.visit_file_mut(&mut file);
        (Module::from_parts(package.to_string().split('.')), file)
    });
    files.collect()
}

/// Lets paths into `serde` and `pbjson` go through `restate_core`, so that users need neither, and
/// orders all maps.
struct Reroot;

impl VisitMut for Reroot {
    fn visit_path_mut(&mut self, path: &mut Path) {
        visit_mut::visit_path_mut(self, path);
        // pbjson-build collects some maps in between, whose order would differ from run to run.
        for segment in path.segments.iter_mut().filter(|segment| segment.ident == "HashMap") {
            segment.ident = format_ident!("BTreeMap");
        }
        let Some(root) = path.segments.first().and_then(|first| root(&first.ident)) else { return };
        if path.segments.len() == 1 {
            return;
        }
        path.leading_colon = Some(parse_quote!(::));
        for (index, ident) in root.iter().enumerate() {
            path.segments.insert(index, PathSegment::from(format_ident!("{ident}")));
        }
    }

    fn visit_item_use_mut(&mut self, item: &mut syn::ItemUse) {
        let UseTree::Path(path) = &item.tree else { return };
        if let Some(root) = root(&path.ident) {
            let root = root.iter().map(|ident| format_ident!("{ident}"));
            let tree = &item.tree;
            *item = parse_quote!(use ::#(#root::)*#tree;);
        }
    }
}

/// What goes before a path that starts with the name of this crate.
fn root(krate: &Ident) -> Option<&'static [&'static str]> {
    if krate == "serde" || krate == "pbjson" {
        Some(&["restate_core", "__private"])
    } else if krate == "std" {
        Some(&[])
    } else {
        None
    }
}

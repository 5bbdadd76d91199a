//! The text of generated files: services, then their messages, then the JSON mapping of those.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::Write,
};

use prost_build::Module;
use prost_reflect::FileDescriptor;
use restate_expand::Service;

use crate::{
    generate::json,
    load::Contract,
    names::Names,
    write::{
        byte_string, include_file,
        layout::compact,
        output::{BANNER, Files},
        references,
    },
};

/// The text of every generated file, by file name.
pub(crate) fn files(
    contract: &Contract,
    messages: &BTreeMap<Module, String>,
    mut services: BTreeMap<Module, Vec<Service>>,
    names: &Names,
    include_file: Option<&str>,
) -> Files {
    let mut sources: BTreeMap<Module, Vec<FileDescriptor>> = BTreeMap::new();
    for file in contract.files() {
        let module = Module::from_protobuf_package_name(file.package_name());
        sources.entry(module).or_default().push(file);
    }
    let mut files = Files::new();
    let mut modules = Vec::new();
    for (module, protos) in sources {
        let services = services.remove(&module).unwrap_or_default();
        let json: String = protos.iter().map(|file| json::generate(file, names)).collect();
        let messages = messages.get(&module).map(String::as_str);
        if messages.is_none() && json.is_empty() {
            continue;
        }
        let messages = messages.unwrap_or_default();
        let name = file_name(&protos);
        let others = references::packages(&protos, names);
        let serves = services.iter().any(|service| service.parts.server);
        let carried = serves.then(|| contract.carried(&protos));
        files.insert(
            name.clone(),
            text(&protos, &others, &services, carried.as_deref(), messages, &json),
        );
        modules.push((module.parts().map(str::to_owned).collect(), name));
    }
    if let Some(include_file) = include_file {
        let modules =
            modules.iter().map(|(module, name): &(Vec<_>, _)| (module.clone(), name.as_str()));
        files.insert(include_file.to_owned(), include_file::text(modules));
    }
    files
}

/// The package's name, or `_.rs` for files without a package.
fn file_name(protos: &[FileDescriptor]) -> String {
    match protos.first().map(FileDescriptor::package_name) {
        None | Some("") => "_.rs".to_owned(),
        Some(package) => format!("{package}.rs"),
    }
}

fn text(
    protos: &[FileDescriptor],
    others: &BTreeSet<String>,
    services: &[Service],
    carried: Option<&[u8]>,
    messages: &str,
    json: &str,
) -> String {
    let sources: Vec<_> = protos.iter().map(FileDescriptor::name).collect();
    let mut text = format!("{BANNER}{}; do not edit.\n", sources.join(", "));
    if !others.is_empty() {
        let others = others.iter().map(String::as_str).collect::<Vec<_>>().join(", ");
        text.push_str(&format!("{}{others}.\n", references::LINE));
    }
    text.push('\n');
    for service in services {
        let items = syn::parse2::<syn::File>(restate_expand::expand(service))
            .expect("a checked service expands to items");
        text.push_str(&spaced(&compact(&prettyplease::unparse(&items))));
        text.push('\n');
    }
    text.extend(carried.map(byte_string::descriptor_set));
    text.push_str(&spaced(messages));
    if !json.is_empty() {
        write!(text, "\n// Names and JSON mapping of the messages.\n{}", spaced(json))
            .expect("writing to a string does not fail");
    }
    text
}

/// `text` with blank lines between items and between methods, which prettyplease omits.
pub(crate) fn spaced(text: &str) -> String {
    let mut spaced = String::with_capacity(text.len() + text.len() / 16);
    let mut previous = "";
    let mut lines = text.lines().filter(|line| !line.is_empty());
    while let Some(line) = lines.next() {
        if line.ends_with(".documentation(") {
            // prettyplease breaks the line around a string that is too long to fit on any line.
            let text = lines.next().unwrap_or_default().trim().trim_end_matches(',');
            let end = lines.next().unwrap_or_default().trim();
            spaced.extend([line, text, end, "\n"]);
            previous = end;
            continue;
        }
        if ends_item(previous) && starts_item(line) && indent(previous) == indent(line) {
            spaced.push('\n');
        }
        spaced.push_str(line);
        spaced.push('\n');
        previous = line;
    }
    spaced
}

fn ends_item(line: &str) -> bool {
    let is_comment = line.trim_start().starts_with("//");
    !is_comment && (line.ends_with('}') || line.ends_with(';'))
}

fn starts_item(line: &str) -> bool {
    const STARTS: &[&str] = &[
        "///",
        "#[",
        "fn ",
        "pub fn ",
        "pub struct ",
        "pub enum ",
        "pub mod ",
        "pub trait ",
        "impl",
    ];
    let line = line.trim_start();
    let is_path = |text: &str| text.chars().all(|c| c.is_alphanumeric() || "_:".contains(c));
    let is_macro_call = line.split_once('!').is_some_and(|(name, _)| is_path(name));
    is_macro_call || STARTS.iter().any(|start| line.starts_with(start))
}

fn indent(line: &str) -> usize {
    line.len() - line.trim_start().len()
}

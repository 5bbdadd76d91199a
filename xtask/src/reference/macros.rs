//! The attributes of traits, handlers and implementations, from the documentation of the crate `restate`.

use std::fmt::Write as _;

use syn::{Item, UseTree};

use super::{read, rust::docs};
use crate::command::Failed;

const SOURCE: &str = "restate/src/lib.rs";
/// Has the names of all settings, which the documentation must have as well.
const SETTINGS: &str = "restate-macros/src/settings.rs";

const INTRODUCTION: &str = "\
# Attributes of Rust

Without a `.proto`, a trait with an attribute is the contract. `cargo xtask reference` makes this page from the documentation of
the crate `restate`.
";

pub(super) fn page() -> Result<String, Failed> {
    let source = read(SOURCE)?;
    let file = syn::parse_file(&source)
        .map_err(|error| Failed::Links(format!("{SOURCE} cannot be read: {error}")))?;
    let mut page = INTRODUCTION.to_owned();
    for item in &file.items {
        let Item::Use(item) = item else { continue };
        let Some((name, macro_name)) = renamed(&item.tree) else { continue };
        if macro_name.to_lowercase().starts_with("facade") {
            let name = if name == "Detail" { "derive(Detail)".to_owned() } else { name };
            let text = demoted(&docs(&item.attrs));
            write!(page, "\n## `#[{name}]`\n\n{text}\n").expect("a string takes any text");
        }
    }
    match missing_setting(&read(SETTINGS)?, &page) {
        None => Ok(page),
        Some(name) => {
            Err(Failed::Links(format!("{SOURCE} does not document the argument `{name}`")))
        }
    }
}

/// `service` and `facade_service` of `restate_macros::facade_service as service`.
fn renamed(tree: &UseTree) -> Option<(String, String)> {
    match tree {
        UseTree::Path(path) => renamed(&path.tree),
        UseTree::Rename(rename) => Some((rename.rename.to_string(), rename.ident.to_string())),
        _ => None,
    }
}

/// Headings one level below that of the attribute, and examples without the lines that rustdoc hides.
fn demoted(docs: &str) -> String {
    let mut in_code = false;
    let mut lines = Vec::new();
    for line in docs.lines() {
        let is_fence = line.starts_with("```");
        in_code ^= is_fence;
        match line {
            "```" if in_code => lines.push("```rust".to_owned()),
            _ if in_code && (line == "#" || line.starts_with("# ")) => {}
            _ if !in_code && line.starts_with("# ") => lines.push(format!("##{line}")),
            _ => lines.push(line.to_owned()),
        }
    }
    lines.join("\n")
}

/// A setting that the macros take and the page does not have.
fn missing_setting(source: &str, page: &str) -> Option<String> {
    let (_, names) = source.split_once("const NAMES")?;
    let (_, names) = names.split_once(" = [")?;
    let (names, _) = names.split_once(']')?;
    let mut names = names.split('"').skip(1).step_by(2);
    names
        .find(|name| !page.contains(&format!("`{name}")) && !page.contains(&format!("({name}(")))
        .map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_setting_without_documentation_is_found() {
        let source =
            "pub(crate) const NAMES: [&str; 2] = [\n    \"private\",\n    \"retries\",\n];";
        assert_eq!(missing_setting(source, "`private`, `retries(..)`"), None);
        assert_eq!(missing_setting(source, "`private`").as_deref(), Some("retries"));
    }
}

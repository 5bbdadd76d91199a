//! `docs/reference`: pages made from the sources, and one that is compared with them.

mod builders;
mod features;
mod macros;
mod options;
mod routes;
mod rust;

use std::{collections::BTreeMap, fs, path::Path};

use crate::command::Failed;

const PAGES: &str = "docs/reference";

/// Writes the pages anew.
pub(crate) fn write() -> Result<(), Failed> {
    for (name, page) in pages()? {
        fs::write(root().join(PAGES).join(name), page).map_err(Failed::files(PAGES))?;
    }
    Ok(())
}

/// Fails if a page differs from what the sources say.
pub(crate) fn check() -> Result<(), Failed> {
    for (name, page) in pages()? {
        let written = fs::read_to_string(root().join(PAGES).join(name)).unwrap_or_default();
        if written != page {
            return Err(Failed::Stale { file: PAGES, command: "cargo xtask reference" });
        }
    }
    let differences = routes::differences(&read(routes::PAGE)?)?;
    if differences.is_empty() { Ok(()) } else { Err(Failed::Links(differences.join("\n"))) }
}

fn pages() -> Result<BTreeMap<&'static str, String>, Failed> {
    Ok(BTreeMap::from([
        ("builders.md", builders::page()?),
        ("features.md", features::page()?),
        ("macros.md", macros::page()?),
        ("options.md", options::page(&read(options::SOURCE)?)),
    ]))
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("xtask is in the workspace")
}

/// The text of a file of the repository.
fn read(path: &str) -> Result<String, Failed> {
    fs::read_to_string(root().join(path)).map_err(Failed::files("the sources of docs/reference"))
}

/// A cell of a table in Markdown.
fn cell(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ").replace('|', "\\|")
}

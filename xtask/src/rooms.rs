//! The import graph of every crate, and the rules it must satisfy.
//!
//! A room is a folder or a file at the top of `src`. Imports are read from the source: `use` items,
//! and paths in bodies, types and macro arguments, followed to the file that defines what they name.
//! Code under `#[cfg(test)]` is free to import anything.
//!
//! Written with `syn`, because the crates that draw such graphs (`cargo-modules`) bring all of
//! rust-analyzer and know no rules.

mod graph;
mod module;
mod read;
mod resolve;
mod rules;
mod targets;
#[cfg(test)]
mod tests;
mod type_names;

use std::{fs, path::Path};

use self::{graph::Graph, targets::Target};
use crate::command::Failed;

/// Checks every crate of the workspace, and names all violations.
pub(crate) fn check() -> Result<(), Failed> {
    let mut violations = Vec::new();
    for target in targets::all()? {
        let source = read(&target)?;
        let graph = Graph::new(&source);
        violations.extend(graph.cycles());
        if target.is_library {
            violations.extend(rules::check(&target.package, &graph));
        }
        violations.extend(type_names::check(&source));
    }
    if violations.is_empty() { Ok(()) } else { Err(Failed::Rooms(violations.join("\n"))) }
}

/// Prints the rooms of a package's library as a mermaid flowchart.
pub(crate) fn print(package: &str) -> Result<(), Failed> {
    let targets = targets::all()?;
    let Some(target) = targets.iter().find(|target| target.package == package) else {
        let mut names: Vec<_> = targets.iter().map(|target| target.package.as_str()).collect();
        names.dedup();
        let names = names.join(", ");
        return Err(Failed::Rooms(format!("no package `{package}`; the packages are {names}")));
    };
    print!("{}", Graph::new(&read(target)?).mermaid());
    Ok(())
}

fn read(target: &Target) -> Result<module::Source, Failed> {
    let workspace = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let open = |path: &Path| fs::read_to_string(workspace.join(path)).ok();
    read::read(&target.root, &open).map_err(Failed::Rooms)
}

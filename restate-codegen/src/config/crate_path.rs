//! Detects which crate generated code has to name: `restate` or `restate-core`.
//!
//! Cargo does not tell a build script its package's dependencies, so this reads `Cargo.toml`. It
//! looks only for the keys of dependency tables, line by line: a TOML parser and serde would be
//! seven more crates in the build of every user. Renames in the workspace's manifest are not seen;
//! `Config::crate_path` covers them.

use std::{env, fs, path::PathBuf};

/// The default if no dependency is found, as for a plugin of protoc.
pub(crate) const CORE: &str = "::restate_core";

/// The path of the dependency on the facade, or else on the core.
pub(super) fn detect() -> String {
    let manifest = manifest().and_then(|path| fs::read_to_string(path).ok());
    manifest.as_deref().and_then(find).unwrap_or_else(|| CORE.to_owned())
}

/// The manifest of the crate whose build script or test this runs in.
pub(super) fn manifest() -> Option<PathBuf> {
    Some(PathBuf::from(env::var_os("CARGO_MANIFEST_DIR")?).join("Cargo.toml"))
}

fn find(manifest: &str) -> Option<String> {
    let dependencies = dependencies(manifest);
    let named = |package: &str| dependencies.iter().find(|it| it.package == package);
    let found = named("restate").or_else(|| named("restate-core"))?;
    Some(format!("::{}", found.name.replace('-', "_")))
}

/// A dependency: its name in this crate, and its package.
#[derive(Debug, PartialEq, Eq)]
struct Dependency<'m> {
    name: &'m str,
    package: &'m str,
}

/// The dependencies in `manifest`; dev-dependencies last.
fn dependencies(manifest: &str) -> Vec<Dependency<'_>> {
    let (mut normal, mut is_dev) = (Vec::new(), Vec::new());
    let mut table = Table::Other;
    for line in manifest.lines().map(str::trim) {
        if let Some(header) = line.strip_prefix('[') {
            table = Table::read(header);
        }
        let (found, is_is_dev) = match table {
            Table::Other => continue,
            Table::Dependencies { is_dev } => (entry(line), is_dev),
            Table::Dependency { name, is_dev } => {
                let package = string(line, "package").unwrap_or(name);
                (Some(Dependency { name, package }), is_dev)
            }
        };
        let found = found.into_iter();
        if is_is_dev { is_dev.extend(found) } else { normal.extend(found) }
    }
    normal.extend(is_dev);
    normal
}

/// The table that a line belongs to.
#[derive(Clone, Copy)]
enum Table<'m> {
    /// `[dependencies]`
    Dependencies {
        is_dev: bool,
    },
    /// `[dependencies.restate]`
    Dependency {
        name: &'m str,
        is_dev: bool,
    },
    Other,
}

impl<'m> Table<'m> {
    /// Reads a header without its first bracket: `target.'cfg(unix)'.dependencies]`.
    fn read(header: &'m str) -> Self {
        let header = header.split_once(']').map_or(header, |(header, _)| header).trim();
        for (kind, is_dev) in [("dev-dependencies", true), ("dependencies", false)] {
            let is_kind = |before: &str| {
                let target = before.strip_suffix('.').unwrap_or(before);
                target.is_empty() || target.starts_with("target.") && before.ends_with('.')
            };
            if header.strip_suffix(kind).is_some_and(is_kind) {
                return Self::Dependencies { is_dev };
            }
            if let Some((before, name)) = header.rsplit_once('.')
                && before.strip_suffix(kind).is_some_and(is_kind)
            {
                return Self::Dependency { name: unquoted(name), is_dev };
            }
        }
        Self::Other
    }
}

/// Reads `restate = ..`, `restate.workspace = true` or `durable = { package = "restate" }`.
fn entry(line: &str) -> Option<Dependency<'_>> {
    let (key, value) = line.split_once('=').filter(|_| !line.starts_with('#'))?;
    let (name, field) = key.split_once('.').unwrap_or((key, ""));
    let name = unquoted(name);
    let package = match field.trim() {
        "package" => unquoted(value),
        _ => string(value, "package").unwrap_or(name),
    };
    Some(Dependency { name, package })
}

/// The string value of `key` in a line or inline table.
fn string<'m>(text: &'m str, key: &str) -> Option<&'m str> {
    let (before, rest) = text.split_once(key)?;
    let value = rest.trim_start().strip_prefix('=')?.trim_start();
    let is_key = before.trim_end().is_empty() || before.trim_end().ends_with(['{', ',']);
    is_key.then(|| value.split('"').nth(1))?
}

fn unquoted(name: &str) -> &str {
    name.trim().trim_matches(['"', '\''])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_facade_is_preferred_to_the_core() {
        for (manifest, path) in [
            ("[dependencies]\nrestate = \"0.1\"\n", "::restate"),
            ("[dependencies]\nrestate.workspace = true\n", "::restate"),
            ("[dependencies]\nrestate-core = { path = \"..\" }\nrestate = \"1\"\n", "::restate"),
            ("[dependencies.restate]\nversion = \"1\"\n", "::restate"),
            ("[target.'cfg(unix)'.dependencies]\nrestate = \"1\"\n", "::restate"),
            ("[dependencies]\nrestate-core = \"1\"\n", "::restate_core"),
            ("[dev-dependencies]\nrestate = \"1\"\n", "::restate"),
            (
                "[dev-dependencies]\nrestate-core = \"1\"\n[dependencies]\nrestate-core = \"1\"\n",
                "::restate_core",
            ),
        ] {
            assert_eq!(find(manifest).as_deref(), Some(path), "{manifest}");
        }
    }

    #[test]
    fn a_renamed_package_is_found_under_its_name() {
        for manifest in [
            "[dependencies]\ndurable-calls = { version = \"1\", package = \"restate\" }\n",
            "[dependencies]\ndurable-calls.package = \"restate\"\n",
            "[dependencies.durable-calls]\nversion = \"1\"\npackage = \"restate\"\n",
        ] {
            assert_eq!(find(manifest).as_deref(), Some("::durable_calls"), "{manifest}");
        }
    }

    #[test]
    fn only_dependencies_of_the_crate_are_found() {
        for manifest in [
            "[package]\nname = \"restate\"\n",
            "[build-dependencies]\nrestate = \"1\"\n",
            "[workspace.dependencies]\nrestate = \"1\"\n",
            "[features]\nrestate = []\n",
            "[dependencies]\n# restate = \"1\"\n",
            "[dependencies]\nrestate-embedded = \"1\"\nother = { package = \"else\" }\n",
        ] {
            assert_eq!(find(manifest), None, "{manifest}");
        }
    }
}

//! Crates as they would be published.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use serde_json::Value;

use crate::{
    command::{Failed, cargo, run},
    metadata::published,
    target::target,
};

/// What every package contains beside its code.
const FILES: [&str; 3] = ["README.md", "LICENSE-APACHE", "LICENSE-MIT"];

/// The public crates, unpacked from their packages.
pub(super) struct Packed {
    /// The directory of each crate.
    directories: BTreeMap<String, PathBuf>,
    /// What cargo knows about the crates of the workspace.
    packages: Vec<Value>,
}

/// Packs all crates that are published, and checks what each package contains.
pub(super) fn pack() -> Result<Packed, Failed> {
    let packages = published()?;
    let names: Vec<_> = packages.iter().map(|package| text(package, "name")).collect();
    let selected: Vec<_> = names.iter().flat_map(|name| ["--package", name]).collect();
    // What is packed is built below, by its users. Changes that are not committed are packed, too.
    let options = ["--locked", "--no-verify", "--allow-dirty", "--quiet"];
    cargo(&[&["package"], &options[..], &selected].concat())?;
    let archives =
        std::path::absolute(target().join("package")).map_err(Failed::files("target"))?;
    let directories = packages
        .iter()
        .map(|package| Ok((text(package, "name").to_owned(), unpack(package, &archives)?)))
        .collect::<Result<_, Failed>>()?;
    Ok(Packed { directories, packages })
}

impl Packed {
    /// A manifest with `dependencies` on packed crates, as a user would write it.
    pub(super) fn manifest(&self, name: &str, dependencies: &str) -> String {
        let patches = self.patches();
        format!(
            "[package]\nname = \"{name}\"\nversion = \"0.1.0\"\nedition = \"2024\"\n\n\
             [workspace]\n\n{dependencies}\n{patches}"
        )
    }

    /// The end of a manifest whose dependencies are the packed crates.
    pub(super) fn patches(&self) -> String {
        let patches = self.directories.iter().map(|(name, directory)| {
            format!("{name} = {{ path = {:?} }}\n", directory.display().to_string())
        });
        format!("[patch.crates-io]\n{}", patches.collect::<String>())
    }

    /// The names of all features of a crate but `default`.
    pub(super) fn features(&self, name: &str) -> Result<Vec<&str>, Failed> {
        let package = self.packages.iter().find(|package| text(package, "name") == name);
        let features = package.and_then(|package| package["features"].as_object());
        let features = features.ok_or_else(|| Failed::Package(format!("no crate `{name}`")))?;
        Ok(features.keys().map(String::as_str).filter(|name| *name != "default").collect())
    }

    /// Gives a project the versions that the workspace is tested with.
    pub(super) fn copy_lock(&self, directory: &Path) -> Result<(), Failed> {
        fs::copy("Cargo.lock", directory.join("Cargo.lock"))
            .map_err(Failed::files("Cargo.lock"))?;
        Ok(())
    }
}

/// Unpacks one package, and checks its description and files.
fn unpack(package: &Value, archives: &Path) -> Result<PathBuf, Failed> {
    let (name, version) = (text(package, "name"), text(package, "version"));
    let missing = |what: &str| Failed::Package(format!("the package `{name}` has no {what}"));
    for field in ["description", "readme", "license", "rust_version"] {
        if text(package, field).is_empty() {
            return Err(missing(field));
        }
    }
    for field in ["keywords", "categories"] {
        if package[field].as_array().is_none_or(Vec::is_empty) {
            return Err(missing(field));
        }
    }
    let parent = archives.join("unpacked");
    let directory = parent.join(format!("{name}-{version}"));
    let _ = fs::remove_dir_all(&directory);
    fs::create_dir_all(&parent).map_err(Failed::files("target"))?;
    let archive = archives.join(format!("{name}-{version}.crate"));
    // The times in a package are always the same, by which cargo would not notice a change.
    run(Command::new("tar").arg("-xmzf").arg(&archive).arg("-C").arg(&parent))?;
    match FILES.into_iter().find(|file| !directory.join(file).is_file()) {
        Some(file) => Err(missing(file)),
        None => Ok(directory),
    }
}

fn text<'a>(package: &'a Value, field: &str) -> &'a str {
    package[field].as_str().unwrap_or_default()
}

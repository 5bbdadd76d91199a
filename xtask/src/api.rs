//! `docs/api`: the public items of each crate that is published, so that a change of them is seen.

use std::{
    collections::BTreeMap,
    fs::{self, Permissions},
    os::unix::fs::PermissionsExt as _,
    path::{Path, PathBuf},
    process::Command,
};

use crate::{
    command::{Failed, run},
    metadata::published,
    target::target,
};

const LISTS: &str = "docs/api";

/// Writes the lists anew.
pub(crate) fn write() -> Result<(), Failed> {
    let lists = lists()?;
    let failed = || Failed::files(LISTS);
    // A crate may have been renamed.
    if Path::new(LISTS).exists() {
        fs::remove_dir_all(LISTS).map_err(failed())?;
    }
    fs::create_dir_all(LISTS).map_err(failed())?;
    lists.iter().try_for_each(|(path, list)| fs::write(path, list)).map_err(failed())
}

/// Fails if the lists differ from what the crates export.
pub(crate) fn check() -> Result<(), Failed> {
    let listed = lists()?;
    let files = fs::read_dir(LISTS).map_err(Failed::files(LISTS))?;
    let are_current = listed
        .iter()
        .all(|(path, list)| fs::read_to_string(path).is_ok_and(|written| written == *list));
    if are_current && files.count() == listed.len() {
        return Ok(());
    }
    Err(Failed::Stale { file: LISTS, command: "cargo xtask api" })
}

/// Fails if a crate broke its users since `revision`, but its version does not say so.
pub(crate) fn check_versions(revision: &str) -> Result<(), Failed> {
    let mut cargo = Command::new(env!("CARGO"));
    cargo.args(["semver-checks", "--workspace", "--all-features", "--baseline-rev", revision]);
    run(&mut cargo)
}

/// The list of each crate, under its path.
fn lists() -> Result<BTreeMap<PathBuf, String>, Failed> {
    let packages = published()?;
    let libraries: Vec<_> = packages
        .iter()
        .filter_map(|package| {
            let targets = package["targets"].as_array()?;
            let is_library = |kind| kind == "lib" || kind == "proc-macro";
            let library =
                targets.iter().find(|target| target["kind"][0].as_str().is_some_and(is_library))?;
            Some((package["name"].as_str()?, library["name"].as_str()?))
        })
        .collect();
    describe(libraries.iter().map(|(package, _)| *package))?;
    libraries
        .iter()
        .map(|(package, library)| {
            let description = target().join("doc").join(format!("{library}.json"));
            Ok((Path::new(LISTS).join(format!("{package}.txt")), list(package, description)?))
        })
        .collect()
}

/// Has rustdoc describe crates as JSON.
fn describe<'a>(packages: impl Iterator<Item = &'a str>) -> Result<(), Failed> {
    let rustdoc = target().join("rustdoc-json");
    let rustdoc = std::path::absolute(rustdoc).map_err(Failed::files("target"))?;
    write_rustdoc(&rustdoc).map_err(Failed::files("target"))?;
    let mut cargo = Command::new(env!("CARGO"));
    cargo.env("RUSTDOC", rustdoc);
    cargo.env("RUSTDOCFLAGS", "-Z unstable-options --output-format json");
    cargo.args(["doc", "--no-deps", "--all-features", "--locked", "--lib"]);
    run(cargo.args(packages.flat_map(|package| ["--package", package])))
}

/// The description is an unstable feature of rustdoc, which this permits for rustdoc alone: some
/// dependencies use what the compiler permits.
fn write_rustdoc(path: &Path) -> std::io::Result<()> {
    if let Some(directory) = path.parent() {
        fs::create_dir_all(directory)?;
    }
    fs::write(path, "#!/bin/sh\nRUSTC_BOOTSTRAP=1 exec rustdoc \"$@\"\n")?;
    fs::set_permissions(path, Permissions::from_mode(0o755))
}

/// The public items of a crate, one a line. What the compiler derives or implements by itself is left out.
fn list(package: &str, description: PathBuf) -> Result<String, Failed> {
    let api = public_api::Builder::from_rustdoc_json(description)
        .omit_blanket_impls(true)
        .omit_auto_trait_impls(true)
        .omit_auto_derived_impls(true)
        .build()
        .map_err(|error| Failed::Api { package: package.to_owned(), error })?;
    Ok(api.items().map(|item| format!("{item}\n")).collect())
}

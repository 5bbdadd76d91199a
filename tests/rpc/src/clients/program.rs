//! Programs that are clients, and the contract as they read it.

use std::{
    env,
    ffi::OsString,
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use tempfile::{NamedTempFile, TempDir};

/// Runs a program, and returns what it prints.
///
/// # Panics
///
/// If it is missing or fails; the message says why.
pub fn run(program: &mut Command, way_out: &str) -> String {
    let run = program.output().unwrap_or_else(|error| panic!("{program:?}: {error}; {way_out}"));
    let errors = String::from_utf8_lossy(&run.stderr);
    assert!(run.status.success(), "{program:?} has failed: {errors}");
    String::from_utf8(run.stdout).unwrap()
}

/// The program that `BUF` names, or the one that `cargo xtask buf` has installed in `target/`.
pub fn buf() -> Command {
    let buf = env::var_os("BUF");
    Command::new(buf.unwrap_or_else(|| target().join("buf/node_modules/.bin/buf").into()))
}

/// What to do without buf.
pub const WITHOUT_BUF: &str =
    "install buf with `cargo xtask buf` (needs npm), or set BUF to its path";

/// The directories with the contract and what it imports.
pub fn directories() -> [PathBuf; 2] {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    [root.join("proto"), root.join("../../restate-codegen/proto")]
}

/// The contract and what it imports in one directory, as buf wants it.
pub fn module() -> TempDir {
    let module = tempfile::tempdir().unwrap();
    for directory in directories() {
        copy(&directory, module.path());
    }
    module
}

/// The contract and what it imports as a descriptor set, made by buf.
pub fn descriptors() -> NamedTempFile {
    build(&module())
}

/// The same of edition 2023, with the same messages.
pub fn descriptors_of_edition() -> NamedTempFile {
    let module = module();
    let shop = module.path().join("shop/v1/shop.proto");
    let (syntax, edition) = (
        r#"syntax = "proto3";"#,
        "edition = \"2023\";\noption features.field_presence = IMPLICIT;",
    );
    let contract = fs::read_to_string(&shop).unwrap();
    assert!(contract.contains(syntax), "it is of proto3");
    fs::write(shop, contract.replace(syntax, edition)).unwrap();
    build(&module)
}

fn build(module: &TempDir) -> NamedTempFile {
    let descriptors = NamedTempFile::with_suffix(".binpb").unwrap();
    let build = &mut buf();
    run(build.arg("build").arg(module.path()).arg("--output").arg(descriptors.path()), WITHOUT_BUF);
    descriptors
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let to = to.join(entry.file_name());
        match entry.file_type().unwrap().is_dir() {
            true => copy(&entry.path(), &to),
            false => drop(fs::copy(entry.path(), to).unwrap()),
        }
    }
}

/// A directory in `target/` with a package of npm, or the one that this variable names.
pub fn modules(variable: &str, installed: &str) -> OsString {
    let directory = env::var_os(variable).map_or_else(|| target().join(installed), PathBuf::from);
    directory.join("node_modules").into()
}

/// The directory that cargo builds into.
pub fn target() -> PathBuf {
    // The test is in target/debug/deps.
    env::current_exe().unwrap().ancestors().nth(3).unwrap().to_owned()
}

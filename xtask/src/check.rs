//! Everything that is checked without running the project's code.

use std::process::Command;

use crate::{
    api,
    command::{Failed, cargo, cargo_with_env, output},
    links, mistakes, reference, rooms,
    suite::{ORMS, TONIC},
};

/// Checks the code and the documents. `tasks` are those of `cargo xtask`.
pub(crate) fn check(tasks: &[String]) -> Result<(), Failed> {
    mistakes::check()?;
    reference::check()?;
    links::check(tasks)?;
    rooms::check()?;
    lock_files()?;
    cargo(&["fmt", "--all", "--check"])?;
    for manifest in [TONIC, ORMS] {
        cargo(&["fmt", "--manifest-path", manifest, "--check"])?;
    }
    cargo(&["clippy", "--workspace", "--all-targets", "--locked", "--", "-D", "warnings"])?;
    // In the workspace, the tests of gRPC enable its feature.
    let alone = ["clippy", "--package", "restate-embedded", "--all-targets", "--locked"];
    cargo(&[&alone[..], &["--", "-D", "warnings"]].concat())?;
    let with_features = [
        "--package",
        "restate-embedded",
        "--package",
        "restate-endpoint",
        "--package",
        "restate-ingress",
        "--package",
        "restate-grpc",
    ];
    let all = ["--all-targets", "--all-features", "--locked", "--", "-D", "warnings"];
    cargo(&[&["clippy"], &with_features[..], &all].concat())?;
    // The clippy configuration offered to users must not flag handlers that follow the rules.
    cargo_with_env(
        &[("CLIPPY_CONF_DIR", "docs/clippy")],
        &[
            "clippy",
            "--package",
            "restate-examples",
            "--lib",
            "--no-deps",
            "--locked",
            "--",
            "-D",
            "warnings",
        ],
    )?;
    cargo_with_env(
        &[("RUSTDOCFLAGS", "-D warnings")],
        &["doc", "--workspace", "--no-deps", "--locked"],
    )?;
    api::check()
}

/// Fails if a committed lock file does not fit its manifest. The packages outside the workspace have their own,
/// which a change of the workspace's dependencies leaves behind.
fn lock_files() -> Result<(), Failed> {
    let files = output(Command::new("git").args(["ls-files", "Cargo.lock", "*/Cargo.lock"]))?;
    for file in files.lines() {
        let manifest = file.replace(".lock", ".toml");
        let read = ["metadata", "--format-version", "1", "--locked", "--manifest-path"];
        output(Command::new(env!("CARGO")).args(read).arg(manifest))?;
    }
    Ok(())
}

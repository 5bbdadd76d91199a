//! Everything that is checked without running the project's code.

use crate::{
    api,
    command::{Failed, cargo, cargo_with_env},
    links, mistakes, reference, rooms,
    suite::TONIC,
};

/// Checks the code and the documents. `tasks` are those of `cargo xtask`.
pub(crate) fn check(tasks: &[String]) -> Result<(), Failed> {
    mistakes::check()?;
    reference::check()?;
    links::check(tasks)?;
    rooms::check()?;
    cargo(&["fmt", "--all", "--check"])?;
    cargo(&["fmt", "--manifest-path", TONIC, "--check"])?;
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

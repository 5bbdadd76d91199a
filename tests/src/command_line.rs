//! The program `restate-embedded`, built for tests.

use std::{
    path::{Path, PathBuf},
    process::Command,
    sync::OnceLock,
};

use crate::target;

/// The program, with `serve`. Its package is another one, so cargo does not build it for tests.
///
/// # Panics
///
/// If it cannot be built.
pub fn program() -> &'static Path {
    static PROGRAM: OnceLock<PathBuf> = OnceLock::new();
    PROGRAM.get_or_init(|| {
        let mut cargo = Command::new(env!("CARGO"));
        cargo.current_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join(".."));
        cargo.args(["build", "--package", "restate-embedded", "--features", "serve"]);
        cargo.args(["--bin", "restate-embedded", "--locked"]);
        let built = cargo.status().expect("cargo can be started");
        assert!(built.success(), "restate-embedded is built");
        let program = target().join("debug/restate-embedded");
        program.canonicalize().expect("cargo has built the program")
    })
}

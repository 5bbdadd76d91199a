//! Installs the Restate server that tests run against.

use std::{
    env,
    path::{Path, PathBuf},
    process::Command,
};

use crate::command::{Failed, run};

const PACKAGE: &str = "@restatedev/restate-server@1.7.12";

/// Installs the server into `target/`, unless it is there or `RESTATE_SERVER` names another.
pub(crate) fn install() -> Result<(), Failed> {
    if env::var_os("RESTATE_SERVER").is_some() || is_installed() {
        return Ok(());
    }
    // The package's scripts only report the installation.
    run(Command::new("npm")
        .args(["install", "--no-audit", "--no-fund", "--ignore-scripts", "--prefix"])
        .args([directory().as_os_str(), PACKAGE.as_ref()]))
    .inspect_err(|_| {
        eprintln!(
            "no Restate server: install npm, or set RESTATE_SERVER to the path of a server 1.7, or \
             leave out the tests that need one with `cargo xtask test --without-server`"
        );
    })
}

fn is_installed() -> bool {
    let version = PACKAGE.rsplit('@').next().unwrap_or_default();
    let installed = directory().join("node_modules/@restatedev/restate-server/package.json");
    std::fs::read_to_string(installed)
        .is_ok_and(|package| package.contains(&format!(r#""version": "{version}""#)))
}

fn directory() -> PathBuf {
    let target = env::var_os("CARGO_TARGET_DIR")
        .map_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("../target"), PathBuf::from);
    target.join("restate-server")
}

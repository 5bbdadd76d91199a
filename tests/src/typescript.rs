//! Services on Restate's TypeScript SDK, in their own process.

use std::{
    env,
    io::{self, BufRead as _, BufReader},
    net::{Ipv4Addr, SocketAddr},
    path::{Path, PathBuf},
    process::{Command, Stdio},
    thread,
};

use crate::{process::OwnedChild, target};

/// The environment variable that names a directory with the SDK in its `node_modules`, to use instead
/// of the installed one.
pub const PATH_VARIABLE: &str = "RESTATE_TYPESCRIPT_SDK";

const SCRIPTS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/typescript");

const WAY_OUT: &str = "install it with `cargo xtask typescript-sdk` (needs node and npm), or skip \
                       these tests with `cargo xtask test --without-typescript`";

/// Running services of a file in `tests/typescript`. Dropping this kills them.
#[derive(Debug)]
pub struct TypeScript {
    _process: OwnedChild,
    address: SocketAddr,
}

impl TypeScript {
    /// Starts the services of `tests/typescript/peer.cjs` and waits until they accept requests.
    ///
    /// # Panics
    ///
    /// If node or the SDK is missing; the message says what to do.
    pub fn start() -> Self {
        Self::run("peer.cjs", &[])
    }

    /// Starts the services of this file in `tests/typescript`, which prints its port, and waits until they
    /// accept requests.
    ///
    /// # Panics
    ///
    /// If node or the SDK is missing; the message says what to do.
    pub fn run(file: &str, arguments: &[&str]) -> Self {
        let mut node = Command::new("node");
        node.arg(Path::new(SCRIPTS).join(file)).args(arguments).env("NODE_PATH", modules());
        Self::serve(&mut node)
    }

    /// Starts services that print their port, and waits until they accept requests.
    ///
    /// # Panics
    ///
    /// If they do not start; the message says what to do.
    pub(crate) fn serve(program: &mut Command) -> Self {
        let mut process = program
            .env("RESTATE_LOGGING", "ERROR")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap_or_else(|error| panic!("cannot start node: {error}; {WAY_OUT}"));
        let output = process.stdout.take().expect("its output is piped");
        let (mut output, mut line) = (BufReader::new(output), String::new());
        let read = output.read_line(&mut line);
        let port = line.trim().parse().unwrap_or_else(|_| {
            panic!("the services in TypeScript do not start: {read:?}, {line:?}")
        });
        // The SDK logs to this pipe, and would block on a full one or fail on a closed one.
        thread::spawn(move || io::copy(&mut output, &mut io::sink()));
        Self { _process: process.into(), address: (Ipv4Addr::LOCALHOST, port).into() }
    }

    /// Their address.
    pub fn address(&self) -> SocketAddr {
        self.address
    }
}

fn modules() -> PathBuf {
    let directory = env::var_os(PATH_VARIABLE).map_or_else(installed, PathBuf::from);
    let modules = directory.join("node_modules");
    assert!(
        modules.join("@restatedev/restate-sdk").exists(),
        "no TypeScript SDK in {}: {WAY_OUT}, or set {PATH_VARIABLE} to a directory that has it",
        modules.display()
    );
    modules
}

fn installed() -> PathBuf {
    target().join("typescript-sdk")
}

//! Services on Restate's Python SDK, in their own process.

use std::{
    env,
    net::SocketAddr,
    path::PathBuf,
    process::{Command, Stdio},
};

use crate::{port::free_address, process::OwnedChild, target};

/// The environment variable that names a directory with the SDK and Hypercorn, to use instead of the
/// installed ones.
pub const PATH_VARIABLE: &str = "RESTATE_PYTHON_SDK";

const SCRIPT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/python/peer.py");

const WAY_OUT: &str = "install it with `cargo xtask python-sdk` (needs python3 with pip), or skip these \
                       tests with `cargo xtask test --without-typescript`";

/// The services of `tests/python/peer.py`, which need a moment until they answer. Dropping this stops
/// them.
#[derive(Debug)]
pub struct Python {
    _process: OwnedChild,
    address: SocketAddr,
}

impl Python {
    /// Starts the services.
    ///
    /// # Panics
    ///
    /// If Python or the SDK is missing; the message says what to do.
    pub fn start() -> Self {
        let address = free_address();
        let process = Command::new("python3")
            .arg(SCRIPT)
            .arg(address.port().to_string())
            .env("PYTHONPATH", modules())
            .env("PYTHONDONTWRITEBYTECODE", "1")
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap_or_else(|error| panic!("cannot start python3: {error}; {WAY_OUT}"));
        Self { _process: process.into(), address }
    }

    /// Their address.
    pub fn address(&self) -> SocketAddr {
        self.address
    }
}

fn modules() -> PathBuf {
    let directory = env::var_os(PATH_VARIABLE).map_or_else(installed, PathBuf::from);
    assert!(
        directory.join("restate").exists() && directory.join("hypercorn").exists(),
        "no Python SDK in {}: {WAY_OUT}, or set {PATH_VARIABLE} to a directory that has it",
        directory.display()
    );
    directory
}

fn installed() -> PathBuf {
    target().join("python-sdk")
}

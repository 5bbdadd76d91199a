//! Restate's ingress client for TypeScript, in its own process.

use std::{env, net::SocketAddr, path::PathBuf, process::Command};

use serde_json::Value;

use crate::target;

/// The environment variable that names a directory with the client in its `node_modules`, to use instead
/// of the installed one.
pub const PATH_VARIABLE: &str = "RESTATE_TYPESCRIPT_CLIENT";

const SCRIPT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/typescript/client.cjs");

const WAY_OUT: &str = "install it with `cargo xtask typescript-client` (needs node and npm), or skip \
                       these tests with `cargo xtask test --without-typescript`";

/// Runs `tests/typescript/client.cjs` on an ingress, and returns what it prints.
///
/// # Panics
///
/// If node or the client is missing, or the script fails; the message says why.
pub fn run(ingress: SocketAddr) -> Value {
    let run = Command::new("node")
        .arg(SCRIPT)
        .arg(format!("http://{ingress}"))
        .env("NODE_PATH", modules())
        .output()
        .unwrap_or_else(|error| panic!("cannot start node: {error}; {WAY_OUT}"));
    let errors = String::from_utf8_lossy(&run.stderr);
    assert!(run.status.success(), "the client has failed: {errors}");
    serde_json::from_slice(&run.stdout)
        .unwrap_or_else(|error| panic!("the client prints no JSON: {error}; {errors}"))
}

fn modules() -> PathBuf {
    let installed = || target().join("typescript-client");
    let modules = env::var_os(PATH_VARIABLE).map_or_else(installed, PathBuf::from);
    let modules = modules.join("node_modules");
    assert!(
        modules.join("@restatedev/restate-sdk-clients").exists(),
        "no TypeScript client in {}: {WAY_OUT}, or set {PATH_VARIABLE} to a directory that has it",
        modules.display()
    );
    modules
}

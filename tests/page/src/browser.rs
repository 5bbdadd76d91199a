//! A headless Chromium that uses the page.

use std::{net::SocketAddr, process::Command};

use restate_rpc_tests::clients::program::{self, modules, target};
use serde_json::Value;

const SCRIPT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/clients/page.mjs");

const WAY_OUT: &str = "install Chromium with `cargo xtask rpc-clients` (needs node and npm), or set \
                       RPC_CLIENTS to a directory that has it in node_modules";

/// Does in a browser what `part` of the script does. Returns what that has seen.
///
/// # Panics
///
/// If the browser is missing, or cannot do it; the message says why.
pub async fn browse(part: &str, admin: SocketAddr, directory: Option<&str>) -> Value {
    let mut node = Command::new("node");
    let modules = modules("RPC_CLIENTS", "rpc-clients");
    node.arg(SCRIPT).arg(modules).arg(target().join("chromium"));
    node.arg(part).arg(format!("http://{admin}")).args(directory);
    let run = move || program::run(&mut node, WAY_OUT);
    serde_json::from_str(&tokio::task::spawn_blocking(run).await.unwrap()).unwrap()
}

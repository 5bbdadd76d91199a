//! Runs the unary cases of Connect's conformance suite against an engine.
//!
//! `cargo run -p restate-rpc-tests --example conformance -- DIRECTORY`, with a copy of the repository
//! `connectrpc/conformance`, buf (`BUF`) and Connect for node (`RPC_CLIENTS`).

use std::{
    env,
    error::Error,
    path::{Path, PathBuf},
    process::Command,
};

use restate_rpc_tests::conformance;

const SCRIPT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/clients/conformance.mjs");
const CASES: &str = "internal/app/connectconformance/testsuites/data";

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let directory =
        env::args_os().nth(1).ok_or("name the directory of `connectrpc/conformance`")?;
    let directory = PathBuf::from(directory);
    let target = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target");
    let contract = tempfile::NamedTempFile::with_suffix(".binpb")?;
    let buf =
        env::var_os("BUF").map_or_else(|| target.join("buf/node_modules/.bin/buf"), Into::into);
    let built = Command::new(buf)
        .args(["build", "--output"])
        .arg(contract.path())
        .arg(directory.join("proto"))
        .status()?;
    if !built.success() {
        return Err("buf cannot read the contract of the suite".into());
    }
    let engine = conformance::engine().start().await?;
    let address = engine.ingress_addr().ok_or("the engine has no ingress")?;
    let clients = env::var_os("RPC_CLIENTS").map_or_else(|| target.join("rpc-clients"), Into::into);
    let mut node = Command::new("node");
    node.arg(SCRIPT).arg(format!("http://{address}")).arg(conformance::LIMIT.to_string());
    node.arg(contract.path()).arg(directory.join(CASES));
    node.env("NODE_PATH", clients.join("node_modules"));
    let passed = tokio::task::spawn_blocking(move || node.status()).await??.success();
    engine.shutdown().await?;
    if passed { Ok(()) } else { Err("a case has failed".into()) }
}

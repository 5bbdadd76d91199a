//! Benchmarks: everything is built, then `restate-bench` measures.

use crate::{
    command::{Failed, cargo},
    npm,
    target::target,
};

/// Peers that are packages of their own.
const PEERS: [&str; 3] = ["official", "duroxide", "tonic"];

/// Builds all peers, and measures what `arguments` say.
pub(crate) fn run(arguments: &[String]) -> Result<(), Failed> {
    npm::SERVER.install()?;
    npm::CONTRACTS.install()?;
    for peer in PEERS {
        let manifest = format!("benches/{peer}/Cargo.toml");
        let directory = target().join("bench").join(peer);
        let directory = directory.to_string_lossy();
        let build = ["build", "--release", "--locked", "--manifest-path", &manifest];
        cargo(&[&build[..], &["--target-dir", &directory]].concat())?;
    }
    let packages = ["--package", "restate-tests", "--package", "restate-bench"];
    cargo(&[&["build", "--release", "--locked", "--bins"], &packages[..]].concat())?;
    let arguments = arguments.iter().map(String::as_str).collect::<Vec<_>>();
    let measure = ["run", "--release", "--locked", "--package", "restate-bench", "--"];
    cargo(&[&measure[..], &arguments].concat())
}

//! Builds the benchmarked programs, and runs `restate-bench`.

use crate::{
    command::{Failed, cargo},
    npm,
    target::target,
};

/// Peers that are packages outside of the workspace.
const PEERS: [&str; 3] = ["official", "duroxide", "tonic"];

/// Parts of the benchmarks that need no peers.
const ALONE: [&str; 2] = ["client", "engine"];

/// Builds what is needed, and runs the benchmarks with `arguments`.
pub(crate) fn run(arguments: &[String]) -> Result<(), Failed> {
    let arguments = arguments.iter().map(String::as_str).collect::<Vec<_>>();
    if needs_peers(&arguments) {
        build_peers()?;
    }
    let measure = ["run", "--release", "--locked", "--package", "restate-bench", "--"];
    cargo(&[&measure[..], &arguments].concat())
}

fn needs_peers(arguments: &[&str]) -> bool {
    let mut parts = arguments.windows(2).filter(|pair| pair[0] == "--part").peekable();
    parts.peek().is_none() || parts.any(|pair| !ALONE.contains(&pair[1]))
}

fn build_peers() -> Result<(), Failed> {
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
    cargo(&[&["build", "--release", "--locked", "--bins"], &packages[..]].concat())
}

#[cfg(test)]
mod tests {
    use super::needs_peers;

    #[test]
    fn peers_are_built_unless_only_parts_without_them_are_measured() {
        assert!(needs_peers(&[]));
        assert!(needs_peers(&["--quick", "--only", "steps"]));
        assert!(needs_peers(&["--part", "engine", "--part", "calls"]));
        assert!(!needs_peers(&["--part", "engine", "--rounds", "3", "--part", "client"]));
    }
}

//! Builds the benchmarked programs, and runs `restate-bench`.

use crate::{
    command::{Failed, cargo},
    npm,
    target::target,
};

/// What a part of the benchmarks needs.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Need {
    /// A peer that is a package outside of the workspace.
    Peer(&'static str),
    Server,
    Contracts,
    Postgres,
    /// The programs of the workspace.
    Programs,
    /// The engine as a program of its own.
    Engine,
}

use Need::{Contracts, Engine, Peer, Postgres, Programs, Server};

/// All needs, in the order in which they are met.
const NEEDS: [Need; 10] = [
    Server,
    Contracts,
    Postgres,
    Peer("official"),
    Peer("duroxide"),
    Peer("tonic"),
    Peer("by-hand"),
    Peer("workflows"),
    Programs,
    Engine,
];

/// The parts of the benchmarks, by their names on the command line.
const PARTS: [(&str, &[Need]); 10] = [
    ("client", &[]),
    ("engine", &[]),
    ("calls", &CALLS),
    ("by-hand", &[Postgres, Peer("by-hand"), Programs]),
    ("deployments", &[Server, Programs, Engine]),
    ("syncs", &[Programs]),
    ("traces", &[Programs]),
    ("endpoint", &[Peer("official"), Programs]),
    ("growth", &[Server, Peer("official"), Programs]),
    // Building the official SDK also downloads what the crate of one of its users needs.
    ("build", &[Contracts, Peer("official"), Peer("tonic"), Programs]),
];

const CALLS: [Need; 6] =
    [Server, Postgres, Peer("official"), Peer("duroxide"), Peer("workflows"), Programs];

/// Builds what is needed, and runs the benchmarks with `arguments`.
pub(crate) fn run(arguments: &[String]) -> Result<(), Failed> {
    let arguments = arguments.iter().map(String::as_str).collect::<Vec<_>>();
    for need in needs(&arguments) {
        meet(need)?;
    }
    let measure = ["run", "--release", "--locked", "--package", "restate-bench", "--"];
    cargo(&[&measure[..], &arguments].concat())
}

/// What the parts in `arguments` need; everything if they name no part.
fn needs(arguments: &[&str]) -> Vec<Need> {
    let parts = arguments.windows(2).filter(|pair| pair[0] == "--part").map(|pair| pair[1]);
    let parts = parts.collect::<Vec<_>>();
    let is_needed = |need: &Need| {
        let mut wanted = PARTS.iter().filter(|(name, _)| parts.is_empty() || parts.contains(name));
        wanted.any(|(_, needs)| needs.contains(need))
    };
    NEEDS.into_iter().filter(is_needed).collect()
}

fn meet(need: Need) -> Result<(), Failed> {
    match need {
        Server => npm::SERVER.install(),
        Contracts => npm::CONTRACTS.install(),
        Postgres => npm::POSTGRES.install(),
        Peer(name) => {
            let manifest = format!("benches/{name}/Cargo.toml");
            let directory = target().join("bench").join(name);
            let directory = directory.to_string_lossy();
            let build = ["build", "--release", "--locked", "--manifest-path", &manifest];
            cargo(&[&build[..], &["--target-dir", &directory]].concat())
        }
        Engine => {
            let program = ["--package", "restate-embedded", "--features", "serve"];
            cargo(&[&["build", "--release", "--locked", "--bins"], &program[..]].concat())
        }
        Programs => {
            let packages = ["--package", "restate-tests", "--package", "restate-bench"];
            cargo(&[&["build", "--release", "--locked", "--bins"], &packages[..]].concat())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{NEEDS, Need, needs};

    #[test]
    fn without_a_part_everything_is_needed() {
        assert!(needs(&[]) == NEEDS);
        assert!(needs(&["--quick", "--only", "steps"]) == NEEDS);
    }

    #[test]
    fn only_what_the_named_parts_measure_is_needed() {
        let alone = ["--part", "engine", "--rounds", "3", "--part", "client"];
        assert!(needs(&alone).is_empty());
        let by_hand = [Need::Postgres, Need::Peer("by-hand"), Need::Programs];
        assert!(needs(&["--part", "engine", "--part", "by-hand"]) == by_hand);
    }
}

//! What the README and CI run: `cargo xtask <command>`.

mod command;
mod server;

use std::process::ExitCode;

use clap::Parser;
use command::{Failed, cargo, cargo_with_env};

/// Tasks of this repository.
#[derive(Parser)]
enum Task {
    /// Runs every test: units, transcripts, goldens, compile-fail cases, crash tests, doc examples.
    Test,
    /// Simulates the embedded engine's machine under crashes, seed after seed.
    Simulate {
        /// The first seed.
        #[arg(long, default_value_t = 0)]
        first: u64,
        /// How many seeds; without it, until one fails.
        #[arg(long, default_value_t = u64::MAX)]
        seeds: u64,
    },
    /// Installs the Restate server that some tests need into `target/`; needs npm.
    RestateServer,
    /// Checks formatting, lints and documentation.
    Check,
}

fn main() -> ExitCode {
    let done = match Task::parse() {
        Task::Test => test(),
        Task::Simulate { first, seeds } => simulate(first, seeds),
        Task::RestateServer => server::install(),
        Task::Check => check(),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

fn test() -> Result<(), Failed> {
    server::install()?;
    cargo(&["test", "--workspace", "--locked"])?;
    let cli = ["--package", "restate-embedded", "--features", "cli", "--test", "cli"];
    cargo(&[&["test", "--locked"], &cli[..]].concat())?;
    cargo(&["test", "--package", "restate-ingress", "--features", "tls-webpki-roots", "--locked"])
}

fn simulate(first: u64, seeds: u64) -> Result<(), Failed> {
    let (first, seeds) = (first.to_string(), seeds.to_string());
    let tests = ["test", "--release", "--locked", "--package", "restate-embedded", "--lib"];
    cargo_with_env(
        &[("RESTATE_SIMULATION_FIRST", &first), ("RESTATE_SIMULATION_SEEDS", &seeds)],
        &[&tests[..], &["whatever_happens_the_invariants_hold"]].concat(),
    )
}

fn check() -> Result<(), Failed> {
    cargo(&["fmt", "--all", "--check"])?;
    cargo(&["clippy", "--workspace", "--all-targets", "--locked", "--", "-D", "warnings"])?;
    let cli = ["--package", "restate-embedded", "--all-targets", "--all-features", "--locked"];
    cargo(&[&["clippy"], &cli[..], &["--", "-D", "warnings"]].concat())?;
    let tls = ["--package", "restate-ingress", "--all-targets", "--all-features", "--locked"];
    cargo(&[&["clippy"], &tls[..], &["--", "-D", "warnings"]].concat())?;
    cargo_with_env(
        &[("RUSTDOCFLAGS", "-D warnings")],
        &["doc", "--workspace", "--no-deps", "--locked"],
    )
}

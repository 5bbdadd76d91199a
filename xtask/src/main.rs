//! What the README and CI run: `cargo xtask <command>`.

mod bench;
mod command;
mod contracts;
mod counts;
mod links;
mod mistakes;
mod npm;
mod rooms;
mod target;

use std::process::ExitCode;

use clap::Parser;
use command::{Failed, cargo, cargo_with_env};
use counts::Then;

/// Tasks of this repository.
#[derive(Parser)]
enum Task {
    /// Runs every test: units, transcripts, goldens, compile-fail cases, crash tests, doc examples,
    /// and what needs a Restate server, the SDK for TypeScript or buf, which it installs into
    /// `target/` with npm.
    Test {
        /// Leaves out the tests that need a Restate server or buf, and says which.
        #[arg(long)]
        without_server: bool,
        /// Leaves out the tests that need the SDK for TypeScript or buf, and says which.
        #[arg(long)]
        without_typescript: bool,
    },
    /// Simulates the embedded engine's machine under crashes, seed after seed.
    Simulate {
        /// The first seed.
        #[arg(long, default_value_t = 0)]
        first: u64,
        /// How many seeds; without it, until one fails.
        #[arg(long, default_value_t = u64::MAX)]
        seeds: u64,
    },
    /// Kills a process under load again and again, and looks for what got lost or was done twice.
    Crash {
        /// How many times.
        #[arg(long, default_value_t = 1000)]
        kills: u32,
        /// Decides what is called and when the process is killed; random unless set.
        #[arg(long)]
        seed: Option<u64>,
    },
    /// Installs the Restate server that some tests need into `target/`; needs npm.
    RestateServer,
    /// Installs the SDK for TypeScript that some tests need into `target/`; needs npm.
    TypescriptSdk,
    /// Installs the buf that some tests need into `target/`; needs npm.
    Buf,
    /// Writes `docs/mistakes` from the compile-fail suite.
    Mistakes,
    /// Generates code for a tree of contracts, and compiles it.
    Contracts {
        #[command(flatten)]
        tree: contracts::Tree,
    },
    /// Measures everything side by side, and writes the tables and plots of `BENCHMARKS.md`.
    Bench {
        /// What to measure; see `-- --help`.
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        arguments: Vec<String>,
    },
    /// Counts instructions and allocations of what is executed most, and fails if they are more
    /// than in the committed list; needs valgrind.
    Counts {
        /// Writes the list.
        #[arg(long)]
        bless: bool,
    },
    /// Generates code for random contracts, and compiles it.
    RandomContracts {
        /// The first seed.
        #[arg(long, default_value_t = 0)]
        first: u64,
        /// How many seeds.
        #[arg(long, default_value_t = 20)]
        seeds: u64,
    },
    /// Checks that no crate imports against the rules of its rooms, and that no two types of a crate
    /// share a name.
    Rooms {
        /// Prints what the rooms of a package import, as a mermaid flowchart, and checks nothing.
        #[arg(long, value_name = "PACKAGE")]
        graph: Option<String>,
    },
    /// Checks formatting, lints, documentation, that `docs/mistakes` is current, and that documents name
    /// files that exist.
    Check,
}

fn main() -> ExitCode {
    let done = match Task::parse() {
        Task::Test { without_server: true, .. } => test_without_server(),
        Task::Test { without_typescript: true, .. } => test_without_typescript(),
        Task::Test { .. } => test(),
        Task::Simulate { first, seeds } => simulate(first, seeds),
        Task::Crash { kills, seed } => crash(kills, seed),
        Task::RestateServer => npm::SERVER.install(),
        Task::TypescriptSdk => npm::TYPESCRIPT_SDK.install(),
        Task::Buf => npm::BUF.install(),
        Task::Mistakes => mistakes::write(),
        Task::Contracts { tree } => contracts::run(&tree),
        Task::Bench { arguments } => bench::run(&arguments),
        Task::Counts { bless: true } => counts::run(Then::Bless),
        Task::Counts { bless: false } => counts::run(Then::Compare),
        Task::RandomContracts { first, seeds } => contracts::random(first, seeds),
        Task::Rooms { graph: Some(package) } => rooms::print(&package),
        Task::Rooms { graph: None } => rooms::check(),
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
    npm::SERVER.install()?;
    npm::TYPESCRIPT_SDK.install()?;
    npm::BUF.install()?;
    cargo(&["test", "--workspace", "--locked"])?;
    test_tls()
}

fn test_without_typescript() -> Result<(), Failed> {
    npm::SERVER.install()?;
    test_crates_without_buf()?;
    let tests = ["test", "--package", "restate-tests", "--locked"];
    let others =
        ["--lib", "--bins", "--test", "binary", "--test", "crash", "--test", "conformance"];
    cargo(&[&tests[..], &others].concat())?;
    cargo(&[&tests[..], &["--test", "endpoint", "--", "--skip", "typescript"]].concat())?;
    test_tls()?;
    eprintln!(
        "left out, because they need the SDK for TypeScript: tests/tests/endpoint/typescript.rs; \
         because they need buf: restate-codegen/tests/buf.rs"
    );
    Ok(())
}

fn test_without_server() -> Result<(), Failed> {
    test_crates_without_buf()?;
    let tests = ["test", "--package", "restate-tests", "--locked"];
    cargo(&[&tests[..], &["--lib", "--bins", "--test", "binary", "--test", "crash"]].concat())?;
    cargo(&[&tests[..], &["--test", "conformance", "--", "--without-server"]].concat())?;
    test_tls()?;
    eprintln!(
        "left out, because they need a Restate server: tests/tests/endpoint, and the half of \
         tests/tests/conformance that is not about the embedded engine; because they need buf: \
         restate-codegen/tests/buf.rs"
    );
    Ok(())
}

fn test_crates_without_buf() -> Result<(), Failed> {
    let excluded = ["--exclude", "restate-tests", "--exclude", "restate-codegen"];
    cargo(&[&["test", "--workspace", "--locked"], &excluded[..]].concat())?;
    cargo(&["test", "--package", "restate-codegen", "--locked", "--", "--skip", "buf_"])
}

fn test_tls() -> Result<(), Failed> {
    cargo(&["test", "--package", "restate-endpoint", "--all-features", "--locked"])?;
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

fn crash(kills: u32, seed: Option<u64>) -> Result<(), Failed> {
    let kills = kills.to_string();
    let seed = seed.map(|seed| ["--seed".to_owned(), seed.to_string()]);
    let seed: Vec<&str> = seed.iter().flatten().map(String::as_str).collect();
    let test = ["test", "--release", "--locked", "--package", "restate-tests", "--test", "crash"];
    cargo(&[&test[..], &["--", "--kills", &kills], &seed].concat())
}

fn check() -> Result<(), Failed> {
    mistakes::check()?;
    links::check()?;
    cargo(&["fmt", "--all", "--check"])?;
    cargo(&["clippy", "--workspace", "--all-targets", "--locked", "--", "-D", "warnings"])?;
    let with_tls = ["--package", "restate-endpoint", "--package", "restate-ingress"];
    let all = ["--all-targets", "--all-features", "--locked", "--", "-D", "warnings"];
    cargo(&[&["clippy"], &with_tls[..], &all].concat())?;
    // Handlers that follow the rules raise no false alarm in the lints that are offered for them.
    cargo_with_env(
        &[("CLIPPY_CONF_DIR", "docs/clippy")],
        &[
            "clippy",
            "--package",
            "restate-examples",
            "--lib",
            "--no-deps",
            "--locked",
            "--",
            "-D",
            "warnings",
        ],
    )?;
    cargo_with_env(
        &[("RUSTDOCFLAGS", "-D warnings")],
        &["doc", "--workspace", "--no-deps", "--locked"],
    )
}

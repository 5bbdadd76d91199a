//! The tasks of this repository: `cargo xtask <command>`.

mod api;
mod bench;
mod check;
mod command;
mod contracts;
mod counts;
mod debian;
mod fuzz;
mod links;
mod metadata;
mod mistakes;
mod mutants;
mod npm;
mod package;
mod promtool;
mod protobuf;
mod reference;
mod rooms;
mod rpc_clients;
mod simulation;
mod suite;
mod target;
mod typescript_example;

use std::process::ExitCode;

use clap::{CommandFactory as _, Parser};
use command::{Failed, cargo, cargo_with_env};
use counts::Then;

/// Tasks of this repository.
#[derive(Parser)]
enum Task {
    /// Runs every test. Installs what some tests need into `target/`: with npm the Restate server and
    /// command line, the TypeScript SDK, buf and clients of gRPC and Connect, with pip grpcio and
    /// Google's protobuf conformance suite, and with apt promtool.
    Test {
        #[command(flatten)]
        skipped: suite::Skipped,
    },
    /// Runs Google's protobuf conformance suite; needs pip. A part of `test`.
    Protobuf,
    /// Simulates the embedded engine's machine with crashes, one history for each seed.
    Simulate {
        /// The first seed.
        #[arg(long, default_value_t = 0)]
        first: u64,
        /// The number of seeds; unlimited by default, until one fails.
        #[arg(long, default_value_t = u64::MAX)]
        seeds: u64,
        /// Writes the figures of the first 10,000 seeds, and of each planted flaw, into `docs/simulation.md`.
        #[arg(long, conflicts_with_all = ["first", "seeds"])]
        figures: bool,
    },
    /// Kills processes under load repeatedly, the engine and its deployment, and checks that nothing was lost
    /// or executed twice, nor at 10,000 times of schedules, nor by transactional steps; needs npm.
    Crash {
        /// The number of kills in each test.
        #[arg(long, default_value_t = 1000)]
        kills: u32,
        /// Determines the calls and the times of the kills; random by default.
        #[arg(long)]
        seed: Option<u64>,
    },
    /// Runs the tests of what is near the limits of the database, which need gigabytes of memory and
    /// disk. A part of `test`.
    Large,
    /// Runs fuzz targets; needs nightly Rust and `cargo install cargo-fuzz`.
    Fuzz {
        #[command(flatten)]
        options: fuzz::FuzzOptions,
    },
    /// Changes the code, one place at a time, and lists the changes that no test notices; needs
    /// `cargo install cargo-mutants`, and hours without `--shard`.
    Mutants {
        #[command(flatten)]
        options: mutants::MutantsOptions,
    },
    /// Installs the Restate server for tests into `target/`; needs npm.
    RestateServer,
    /// Installs Restate's command line for tests into `target/`; needs npm.
    RestateCli,
    /// Installs Postgres for tests into `target/`; needs npm.
    Postgres,
    /// Installs the TypeScript SDK for tests into `target/`; needs npm.
    TypescriptSdk,
    /// Installs the Python SDK for tests into `target/`; needs python3 with pip.
    PythonSdk,
    /// Installs Restate's ingress client for TypeScript with npm.
    TypescriptClient,
    /// Installs the packages of the example in TypeScript into `target/`; needs npm.
    TypescriptExample,
    /// Installs buf for tests into `target/`; needs npm.
    Buf,
    /// Installs promtool for tests into `target/`; needs apt.
    Promtool,
    /// Installs clients of gRPC and Connect for tests into `target/`; needs npm and pip.
    RpcClients,
    /// Runs the unary cases of Connect's conformance suite; needs npm and pip.
    ConnectConformance {
        /// A copy of the repository `connectrpc/conformance`.
        directory: String,
    },
    /// Takes the pictures of the web page in `docs/page`; needs npm.
    Screenshots,
    /// Runs the conformance suite against the services of another SDK, on the embedded engine and on a
    /// Restate server; needs npm.
    SdkSuite {
        /// Leaves out the tests with this in their names.
        #[arg(long)]
        skip: Vec<String>,
        /// Runs only the tests with this in their names.
        #[arg(long)]
        only: Option<String>,
        /// The program, and its arguments. It serves the suite's services on the port that the variable
        /// `PORT` names.
        #[arg(last = true, required = true)]
        program: Vec<String>,
    },
    /// Writes `docs/mistakes` from the compile-fail suite.
    Mistakes,
    /// Writes `docs/reference` from the sources.
    Reference,
    /// Checks that links, files and commands in documents exist, and that the book in `docs` has all pages and an up-to-date reference. A
    /// part of `check`.
    Links,
    /// Generates code for a directory of contracts, and compiles it.
    Contracts {
        #[command(flatten)]
        tree: contracts::Tree,
    },
    /// Runs the benchmarks, and writes the tables of `BENCHMARKS.md`.
    Bench {
        /// Options of the benchmarks; `-- --help` lists them.
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        arguments: Vec<String>,
    },
    /// Counts the instructions and allocations of the hot paths, and fails if they exceed the
    /// committed counts; needs valgrind.
    Counts {
        /// Writes the committed counts instead of comparing with them.
        #[arg(long)]
        bless: bool,
    },
    /// Generates code for random contracts, and compiles it.
    RandomContracts {
        /// The first seed.
        #[arg(long, default_value_t = 0)]
        first: u64,
        /// The number of seeds.
        #[arg(long, default_value_t = 20)]
        seeds: u64,
    },
    /// Checks the import rules of every crate: no cycle between rooms, no forbidden import, no two
    /// types with one name.
    Rooms {
        /// Prints what the rooms of a package import, as a mermaid flowchart, and checks nothing.
        #[arg(long, value_name = "PACKAGE")]
        graph: Option<String>,
    },
    /// Writes `docs/api`, the public items of the crates that are published. `check` compares it.
    Api {
        /// Writes nothing, and fails if the versions hide that a crate has broken its users since this
        /// revision; needs `cargo install cargo-semver-checks`.
        #[arg(long, value_name = "REVISION")]
        since: Option<String>,
    },
    /// Tests the example of other database libraries, `examples/orms`; needs npm. A part of `package`.
    Orms,
    /// Packs the crates that are published, runs the README's program from the packed files alone, and
    /// checks that they compile with all features. Tests the example of other database libraries.
    Package,
    /// Checks formatting, lints, import rules, documentation, that `docs/mistakes` is current, and that
    /// documents name files that exist.
    Check,
}

fn main() -> ExitCode {
    let done = match Task::parse() {
        Task::Test { skipped } => suite::test(&skipped),
        Task::Protobuf => protobuf::test(),
        Task::Simulate { figures: true, .. } => simulation::write_figures(),
        Task::Simulate { first, seeds, .. } => simulation::run(first, seeds),
        Task::Crash { kills, seed } => crash(kills, seed),
        Task::Large => suite::test_large(),
        Task::Fuzz { options } => fuzz::fuzz(&options),
        Task::Mutants { options } => mutants::test(&options),
        Task::RestateServer => npm::SERVER.install(),
        Task::RestateCli => npm::CLI.install(),
        Task::Postgres => npm::POSTGRES.install(),
        Task::TypescriptSdk => npm::TYPESCRIPT_SDK.install(),
        Task::PythonSdk => rpc_clients::install_python_sdk(),
        Task::TypescriptClient => npm::TYPESCRIPT_CLIENT.install(),
        Task::TypescriptExample => typescript_example::install(),
        Task::Buf => npm::BUF.install(),
        Task::Promtool => promtool::install(),
        Task::RpcClients => rpc_clients::install(),
        Task::ConnectConformance { directory } => connect_conformance(&directory),
        Task::Screenshots => screenshots(),
        Task::SdkSuite { skip, only, program } => sdk_suite(&skip, only.as_deref(), &program),
        Task::Mistakes => mistakes::write(),
        Task::Reference => reference::write(),
        Task::Links => reference::check().and_then(|()| links::check(&tasks())),
        Task::Contracts { tree } => contracts::run(&tree),
        Task::Bench { arguments } => bench::run(&arguments),
        Task::Counts { bless: true } => counts::run(Then::Bless),
        Task::Counts { bless: false } => counts::run(Then::Compare),
        Task::RandomContracts { first, seeds } => contracts::random(first, seeds),
        Task::Rooms { graph: Some(package) } => rooms::print(&package),
        Task::Rooms { graph: None } => rooms::check(),
        Task::Api { since: None } => api::write(),
        Task::Api { since: Some(revision) } => api::check_versions(&revision),
        Task::Orms => suite::test_orms(),
        Task::Package => package::run_all().and_then(|()| suite::test_orms()),
        Task::Check => check::check(&tasks()),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

/// The names of all tasks.
fn tasks() -> Vec<String> {
    Task::command().get_subcommands().map(|task| task.get_name().to_owned()).collect()
}

fn connect_conformance(directory: &str) -> Result<(), Failed> {
    npm::BUF.install()?;
    rpc_clients::install()?;
    let run =
        ["run", "--package", "restate-rpc-tests", "--example", "conformance", "--locked", "--"];
    cargo(&[&run[..], &[directory]].concat())
}

fn screenshots() -> Result<(), Failed> {
    rpc_clients::install()?;
    let run = ["run", "--package", "restate-page-tests", "--example", "screenshots", "--locked"];
    cargo(&[&run[..], &["--", "docs/page"]].concat())
}

fn sdk_suite(skip: &[String], only: Option<&str>, program: &[String]) -> Result<(), Failed> {
    npm::SERVER.install()?;
    let skipped = skip.iter().flat_map(|name| ["--skip", name]);
    let run = ["test", "--package", "restate-tests", "--locked", "--test", "conformance", "--"];
    let arguments = run.into_iter().chain(only).chain(skipped).chain(["--services"]);
    let arguments = arguments.chain(program.iter().map(String::as_str));
    cargo(&arguments.collect::<Vec<_>>())
}

fn crash(kills: u32, seed: Option<u64>) -> Result<(), Failed> {
    let kills = kills.to_string();
    let seed = seed.map(|seed| ["--seed".to_owned(), seed.to_string()]);
    let seed: Vec<&str> = seed.iter().flatten().map(String::as_str).collect();
    let test = ["test", "--release", "--locked", "--package", "restate-tests", "--test", "crash"];
    cargo(&[&test[..], &["--", "--kills", &kills], &seed].concat())?;
    npm::POSTGRES.install()?;
    npm::SERVER.install()?;
    let steps = ["test", "--release", "--locked", "--package", "restate-sqlx-tests"];
    let killed = ["--test", "kills", "--", "--kills", &kills];
    cargo(&[&steps[..], &killed, &seed].concat())?;
    // Each of 20 schedules.
    let firings = [("RESTATE_SCHEDULE_TIMES", "500")];
    let test = ["test", "--release", "--locked", "--package", "restate-tests"];
    let schedules = ["--test", "conformance", "--", "each_time_fires_once", "--test-threads", "1"];
    cargo_with_env(&firings, &[&test[..], &schedules].concat())
}

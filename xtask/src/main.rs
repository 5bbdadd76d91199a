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
    /// Installs the Restate server that some tests need into `target/`; needs npm.
    RestateServer,
    /// Checks formatting, lints and documentation.
    Check,
}

fn main() -> ExitCode {
    let done = match Task::parse() {
        Task::Test => test(),
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
    cargo(&["test", "--package", "restate-ingress", "--features", "tls-webpki-roots", "--locked"])
}

fn check() -> Result<(), Failed> {
    cargo(&["fmt", "--all", "--check"])?;
    cargo(&["clippy", "--workspace", "--all-targets", "--locked", "--", "-D", "warnings"])?;
    let tls = ["--package", "restate-ingress", "--all-targets", "--all-features", "--locked"];
    cargo(&[&["clippy"], &tls[..], &["--", "-D", "warnings"]].concat())?;
    cargo_with_env(
        ("RUSTDOCFLAGS", "-D warnings"),
        &["doc", "--workspace", "--no-deps", "--locked"],
    )
}

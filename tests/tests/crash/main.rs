//! What survives `kill -9`: a real process under load, killed at random instants, again and again.
//!
//! Clients call it in every way there is and repeat a request until it is answered. After each
//! restart, and at the end, their books are compared with the engine's: every acknowledged call
//! is there, its answer is what it was, every counter is exact.
//!
//! `cargo xtask crash --kills 1000` goes on for longer than CI does.
#![allow(
    missing_docs,
    unreachable_pub,
    missing_debug_implementations,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::disallowed_methods,
    reason = "a test that panics has failed, and that is what it is for"
)]

mod audit;
mod book;
mod client;
mod connection;
mod load;
mod process;
mod random;
mod services;

use std::{path::PathBuf, process::ExitCode, time::Instant};

use clap::Parser;

/// Kills a process under load, and looks for what got lost or was done twice.
#[derive(Parser)]
struct Options {
    /// Runs only if this test has one of these in its name.
    filters: Vec<String>,

    /// How many times to kill the process.
    #[arg(long, default_value_t = 50)]
    kills: u32,

    /// Decides what is called and when the process is killed; random unless set.
    #[arg(long)]
    seed: Option<u64>,

    /// Lists names without running anything.
    #[arg(long)]
    list: bool,

    /// Taken for the sake of `cargo test -- --nocapture`: output is never captured.
    #[arg(long, hide = true)]
    nocapture: bool,

    /// Is the process that gets killed, on this directory.
    #[arg(long, hide = true)]
    serve: Option<PathBuf>,
}

const NAME: &str = "whatever_kills_the_process_each_acknowledged_call_is_done_exactly_once";

#[tokio::main]
async fn main() -> ExitCode {
    let options = Options::parse();
    if let Some(directory) = options.serve {
        services::serve(directory).await;
        return ExitCode::SUCCESS;
    }
    if options.list {
        println!("{NAME}: test");
        return ExitCode::SUCCESS;
    }
    if !options.filters.is_empty() && !options.filters.iter().any(|it| NAME.contains(it)) {
        return ExitCode::SUCCESS;
    }
    let (kills, seed) = (options.kills, options.seed.unwrap_or_else(random::seed));
    println!("{kills} kills, seed {seed}: cargo xtask crash --kills {kills} --seed {seed}");
    let started = Instant::now();
    // A panic in here, or in a client, has said what is wrong.
    match tokio::spawn(load::survive(kills, seed)).await {
        Ok(report) => {
            println!("{report}, in {:.0?}", started.elapsed());
            ExitCode::SUCCESS
        }
        Err(_) => ExitCode::FAILURE,
    }
}

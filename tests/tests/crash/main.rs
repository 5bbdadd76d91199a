//! Durability under `kill -9`: a process under load is killed at random times, repeatedly.
//!
//! Clients use every kind of call, and repeat each request until it is answered. After each restart,
//! and at the end, their records are compared with the engine's: every acknowledged call exists with
//! the same response, and every counter is exact.
//!
//! `cargo xtask crash --kills 1000` runs longer than CI does.
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
mod steps;

use std::{path::PathBuf, process::ExitCode, time::Instant};

use clap::Parser;

/// Kills a process under load, and checks that nothing was lost or executed twice.
#[derive(Parser)]
struct Options {
    /// Runs only if the name of this test contains one of these.
    filters: Vec<String>,

    /// The number of kills.
    #[arg(long, default_value_t = 50)]
    kills: u32,

    /// Determines the calls and the times of the kills; random by default.
    #[arg(long)]
    seed: Option<u64>,

    /// Lists the test without running it.
    #[arg(long)]
    list: bool,

    /// Accepted because `cargo test -- --nocapture` passes it; output is never captured.
    #[arg(long, hide = true)]
    nocapture: bool,

    /// Runs as the process that is killed, with this data directory.
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
    // A panic, here or in a client, has printed its message.
    match tokio::spawn(load::survive(kills, seed)).await {
        Ok(report) => {
            println!("{report}, in {:.0?}", started.elapsed());
            ExitCode::SUCCESS
        }
        Err(_) => ExitCode::FAILURE,
    }
}

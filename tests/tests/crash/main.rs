//! Durability under `kill -9`: a process under load is killed at random times, repeatedly.
//!
//! Clients use every kind of call, and repeat each request until it is answered. After each restart,
//! and at the end, their records are compared with the engine's: every acknowledged call exists with
//! the same response, and every counter is exact.
//!
//! A second test has the same services on both sides of a deployment, and kills the engine and the deployment,
//! together and separately.
//!
//! A third one plants faults of the engine and of handlers, which the audit has to find.
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
mod flaw;
mod load;
mod platform;
mod process;
mod services;
mod steps;

use std::{net::SocketAddr, path::PathBuf, process::ExitCode, time::Instant};

use clap::Parser;
use restate_tests::random;

use crate::{flaw::Flaw, platform::Layout, services::Role};

/// Kills processes under load, and checks that nothing was lost or executed twice.
#[derive(Parser)]
struct Options {
    /// Runs only the tests whose names contain one of these.
    filters: Vec<String>,

    /// The number of kills in each test.
    #[arg(long, default_value_t = 50)]
    kills: u32,

    /// Determines the calls and the times of the kills; random by default.
    #[arg(long)]
    seed: Option<u64>,

    /// Lists the tests without running them.
    #[arg(long)]
    list: bool,

    /// Accepted because `cargo test -- --nocapture` passes it; output is never captured.
    #[arg(long, hide = true)]
    nocapture: bool,

    /// Runs as the process that is killed, with this data directory.
    #[arg(long, hide = true)]
    serve: Option<PathBuf>,

    /// Runs as the engine for the deployment at this address.
    #[arg(long, hide = true)]
    engine_for: Option<SocketAddr>,

    /// Runs as the deployment at this address.
    #[arg(long, hide = true)]
    deployment_at: Option<SocketAddr>,

    /// Has accounts make some additions twice.
    #[arg(long, hide = true)]
    adds_twice: bool,
}

/// The tests.
const TESTS: [(&str, Layout); 2] = [
    ("whatever_kills_the_process_each_acknowledged_call_is_done_exactly_once", Layout::InProcess),
    (
        "whatever_kills_engine_and_deployment_each_acknowledged_call_is_done_exactly_once",
        Layout::WithDeployment,
    ),
];

#[tokio::main]
async fn main() -> ExitCode {
    let options = Options::parse();
    if let Some(directory) = options.serve {
        let deployment = options.engine_for.or(options.deployment_at);
        let role = Role::new(deployment, options.engine_for.is_some());
        services::serve(directory, role, options.adds_twice).await;
        return ExitCode::SUCCESS;
    }
    let is_selected = |name: &str| {
        options.filters.is_empty() || options.filters.iter().any(|it| name.contains(it))
    };
    let (kills, seed) = (options.kills, options.seed.unwrap_or_else(random::seed));
    for (name, layout) in TESTS.into_iter().filter(|(name, _)| is_selected(name)) {
        if options.list {
            println!("{name}: test");
            continue;
        }
        println!("{name}, seed {seed}: cargo xtask crash --kills {kills} --seed {seed}");
        let started = Instant::now();
        // A panic, here or in a client, has printed its message.
        match tokio::spawn(load::survive(layout, kills, seed, None)).await {
            Ok(report) => println!("{report}, in {:.0?}", started.elapsed()),
            Err(_) => return ExitCode::FAILURE,
        }
    }
    if is_selected(PROOF) {
        if options.list {
            println!("{PROOF}: test");
        } else if let Err(unnoticed) = flaws_are_found(kills.min(20), seed).await {
            eprintln!("{unnoticed}");
            return ExitCode::FAILURE;
        }
    }
    ExitCode::SUCCESS
}

/// Shows that the tests above can fail.
const PROOF: &str = "a_planted_flaw_is_found";

/// Runs the tests with each flaw, which has to fail them for its own reason.
async fn flaws_are_found(kills: u32, seed: u64) -> Result<(), String> {
    for layout in TESTS.map(|(_, layout)| layout) {
        for flaw in Flaw::ALL {
            println!("{PROOF}: {flaw:?}, {layout:?}, seed {seed}. It is found as:");
            let ended = tokio::spawn(load::survive(layout, kills, seed, Some(flaw))).await;
            let Err(failed) = ended else {
                return Err(format!("{flaw:?} is not found, {layout:?}, seed {seed}"));
            };
            let panic = failed.into_panic();
            let text = panic.downcast_ref::<String>().map(String::as_str).unwrap_or_default();
            if !text.contains(flaw.is_found_as()) {
                return Err(format!("{flaw:?} is found as something else, {layout:?}: {text}"));
            }
        }
    }
    Ok(())
}

//! The benchmarks of `cargo xtask bench`, which builds all programs first.
#![allow(clippy::disallowed_methods, reason = "measuring is reading the clock")]

mod build;
mod by_hand;
mod calls;
mod client;
mod collector;
mod comparison;
mod connection;
mod data;
mod deployments;
mod endpoint;
mod engine;
mod failed;
mod fill;
mod growth;
mod load;
mod median;
mod peer;
mod postgres;
mod process;
mod report;
mod server;
mod sockets;
mod sync_log;
mod syncs;
mod table;
mod traces;
mod workload;

use std::{process::ExitCode, time::Duration};

use clap::{Parser, ValueEnum};
use failed::Failed;
use peer::Peer;
use report::Report;
use workload::Workload;

/// Runs benchmarks, prints their tables, and replaces those in BENCHMARKS.md.
#[derive(Parser)]
struct Options {
    /// Uses fewer rounds, fewer connections and shorter loads; takes a few minutes.
    #[arg(long)]
    quick: bool,

    /// The number of repetitions of each measurement; tables show medians.
    #[arg(long)]
    rounds: Option<u32>,

    /// Measures only calls of this workload; can be repeated.
    #[arg(long, value_enum, value_name = "WORKLOAD")]
    only: Vec<Workload>,

    /// Measures calls only of this peer; can be repeated.
    #[arg(long, value_enum, value_name = "PEER")]
    peer: Vec<Peer>,

    /// Runs only this part; can be repeated.
    #[arg(long, value_enum, value_name = "PART")]
    part: Vec<Part>,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Part {
    /// The load generator, to show that it is not the limit.
    Client,
    /// Calls through the ingress, on all peers.
    Calls,
    /// Calls to the embedded engine, compared with rows stored by hand.
    ByHand,
    /// Our endpoint behind our engine and behind a Restate server, with 64 connections.
    Deployments,
    /// The embedded engine with spans for a collector, and without.
    Traces,
    /// Syncs of the embedded engine for each call; needs strace.
    Syncs,
    /// Endpoints without a server.
    Endpoint,
    /// Machine and store of the embedded engine alone.
    Engine,
    /// Growth of journals, payloads and stored data.
    Growth,
    /// Code generation and compile time.
    Build,
}

fn main() -> ExitCode {
    match measure(Options::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

fn measure(options: Options) -> Result<(), Failed> {
    let Options { quick, rounds, only, peer, part } = options;
    let rounds = rounds.unwrap_or(if quick { 3 } else { 5 });
    let report = Report::new()?;
    let is_wanted = |one| part.is_empty() || part.contains(&one);
    let workloads = if only.is_empty() { Workload::ALL.to_vec() } else { only };
    let plan = calls::Plan {
        rounds,
        peers: if peer.is_empty() { Peer::DURABLE.to_vec() } else { peer },
        workloads,
        connections: if quick { vec![1, 64] } else { vec![1, 16, 64, 256] },
        duration: Duration::from_millis(if quick { 1000 } else { 3000 }),
    };
    if is_wanted(Part::Client) {
        client::run(&plan, &report)?;
    }
    if is_wanted(Part::Syncs) {
        syncs::run(&plan, &report)?;
    }
    if is_wanted(Part::ByHand) {
        by_hand::run(&plan, &report)?;
    }
    if is_wanted(Part::Deployments) {
        deployments::DEPLOYMENTS.run(&plan, &report)?;
    }
    if is_wanted(Part::Traces) {
        traces::TRACES.run(&plan, &report)?;
    }
    if is_wanted(Part::Endpoint) {
        endpoint::run(rounds, &report)?;
    }
    if is_wanted(Part::Engine) {
        engine::run(rounds, Duration::from_millis(if quick { 300 } else { 1000 }), &report)?;
    }
    if is_wanted(Part::Growth) {
        growth::run(rounds, quick, &report)?;
    }
    if is_wanted(Part::Build) {
        build::run(rounds, quick, &report)?;
    }
    if is_wanted(Part::Calls) {
        calls::run(&plan, &report)?;
    }
    Ok(())
}

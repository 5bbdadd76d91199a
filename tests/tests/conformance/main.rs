//! Every behaviour that Restate's conformance suite asks of an SDK, written once and shown on both
//! engines, in the suite's configurations.
//!
//! `cargo test --test conformance -- state` runs what has `state` in its name, `--list` lists
//! names. Without a Restate server its half fails, and says how to get one; `--without-server`
//! leaves it out.
#![allow(
    missing_docs,
    unreachable_pub,
    missing_debug_implementations,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::cast_possible_truncation,
    clippy::disallowed_methods,
    clippy::needless_pass_by_value,
    reason = "a test that panics has failed, and that is what it is for"
)]

mod attempts;
mod call_ordering;
mod cancellation;
mod combinators;
mod configuration;
mod embedded;
mod ingress;
mod interpreter;
mod kill_invocation;
mod node_failure;
mod non_determinism;
mod patience;
mod plan;
mod request_signing;
mod restarts;
mod run_flush;
mod run_retry;
mod runner;
mod scenario;
mod scope_concurrency;
mod served;
mod service_to_service;
mod signals;
mod sleep;
mod sleep_with_failures;
mod stage;
mod state;
mod user_errors;
mod workflow_api;

use std::process::ExitCode;

use clap::Parser;

use crate::configuration::Platform;

/// Runs the conformance suite.
#[derive(Parser)]
struct Options {
    /// Runs only what has one of these in its name.
    filters: Vec<String>,

    /// Lists names without running anything.
    #[arg(long)]
    list: bool,

    /// Leaves out everything that needs a Restate server.
    #[arg(long)]
    without_server: bool,

    /// Taken for the sake of `cargo test -- --nocapture`: output is never captured.
    #[arg(long, hide = true)]
    nocapture: bool,
}

#[tokio::main]
async fn main() -> ExitCode {
    let options = Options::parse();
    let mut groups = plan::groups();
    if options.without_server {
        eprintln!("the half of this suite that needs a Restate server is left out, as was asked");
        groups.retain(|group| group.platform == Platform::Embedded);
    }
    for group in &mut groups {
        group.keep_only(&options.filters);
    }
    if options.list {
        groups.iter().flat_map(|group| group.names()).for_each(|name| println!("{name}: test"));
        return ExitCode::SUCCESS;
    }
    runner::run(groups).await
}

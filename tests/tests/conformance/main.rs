//! The behaviours that Restate's conformance suite requires of an SDK, tested on both engines in the
//! suite's configurations.
//!
//! `cargo test --test conformance -- state` runs the tests with `state` in their names, `--list`
//! lists all names. Half of the tests need a Restate server; `--without-server` leaves them out.
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
mod deployed;
mod embedded;
mod ingress;
mod interpreter;
mod kill_invocation;
mod messages;
mod node_failure;
mod non_determinism;
mod plan;
mod polling;
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
mod state;
mod system;
mod user_errors;
mod workflow_api;

use std::{env, process::ExitCode};

use libtest_mimic::Arguments;

use crate::configuration::Platform;

const WITHOUT_SERVER: &str = "--without-server";

fn main() -> ExitCode {
    let (own, others): (Vec<_>, _) = env::args().partition(|argument| argument == WITHOUT_SERVER);
    let mut arguments = Arguments::from_iter(others);
    arguments.test_threads.get_or_insert(runner::AT_A_TIME);
    let mut groups = plan::groups();
    if !own.is_empty() {
        eprintln!("skipping the tests that need a Restate server, because of {WITHOUT_SERVER}");
        groups.retain(|group| matches!(group.platform, Platform::Embedded | Platform::Deployment));
    }
    libtest_mimic::run(&arguments, runner::trials(groups)).exit_code()
}

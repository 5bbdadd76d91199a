//! The behaviours that Restate's conformance suite requires of an SDK, tested on both engines in the
//! suite's configurations.
//!
//! `cargo test --test conformance -- state` runs the tests with `state` in their names, `--list`
//! lists all names. Half of the tests need a Restate server; `--without-server` leaves them out.
//!
//! `--services PROGRAM ARGUMENT..` tests the services in another program instead, on both engines.
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
mod handlers;
mod ingress;
mod interpreter;
mod kill_invocation;
mod local_engine;
mod messages;
mod node_failure;
mod non_determinism;
mod plan;
mod polling;
mod request_signing;
mod restart_as_new;
mod restarts;
mod run_flush;
mod run_retry;
mod runner;
mod scenario;
mod schedules;
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

const WITHOUT_SERVER: &str = "--without-server";

/// What follows is a program with the suite's services, and its arguments.
const SERVICES: &str = "--services";

fn main() -> ExitCode {
    let mut arguments: Vec<_> = env::args().collect();
    let mut groups = match arguments.iter().position(|argument| argument == SERVICES) {
        Some(at) => {
            let program = arguments.split_off(at).split_off(1);
            handlers::PROGRAM.get_or_init(|| program);
            plan::groups_of_a_program()
        }
        None => plan::groups(),
    };
    let (own, others): (Vec<_>, _) =
        arguments.into_iter().partition(|argument| argument == WITHOUT_SERVER);
    let mut arguments = Arguments::from_iter(others);
    arguments.test_threads.get_or_insert(runner::AT_A_TIME);
    if !own.is_empty() {
        eprintln!("skipping the tests that need a Restate server, because of {WITHOUT_SERVER}");
        groups.retain(|group| !group.platform.is_a_server());
    }
    libtest_mimic::run(&arguments, runner::trials(groups)).exit_code()
}

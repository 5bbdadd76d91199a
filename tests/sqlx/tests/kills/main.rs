//! Exactly once under `kill -9`: the embedded engine or a Restate server, handlers and backends of Postgres are
//! killed while money moves.
//!
//! Clients repeat each transfer until it is answered. At the end, the total must be right, and each
//! transfer booked once. The same program with plain steps fails this audit, which shows that the kills hit
//! what they are meant for: the moment between the commit of the database and that of the journal.
//!
//! `cargo xtask crash --kills 500` kills more often.
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

mod accounts;
mod bank;
mod engine;
mod load;
mod platform;
mod serve;

use std::{process::ExitCode, time::Instant};

use clap::Parser;
use restate_tests::random;

use crate::{
    bank::Care,
    engine::Runtime,
    platform::Kind,
    serve::{Role, serve},
};

/// Kills processes while money moves, and audits the bank.
#[derive(Parser)]
struct Options {
    /// Runs only the tests whose names contain one of these.
    filters: Vec<String>,

    /// The number of kills in each test.
    #[arg(long, default_value_t = 20)]
    kills: u32,

    /// Determines the transfers and the victims; random by default.
    #[arg(long)]
    seed: Option<u64>,

    /// Lists the tests without running them.
    #[arg(long)]
    list: bool,

    /// Accepted because `cargo test -- --nocapture` passes it; output is never captured.
    #[arg(long, hide = true)]
    nocapture: bool,

    /// Runs as a process that is killed.
    #[command(flatten)]
    role: Role,
}

/// The tests.
const TESTS: [(&str, Runtime, Kind, Care); 6] = [
    (
        "whatever_is_killed_each_transfer_is_booked_once_in_postgres",
        Runtime::Embedded,
        Kind::Postgres,
        Care::Step,
    ),
    (
        "whatever_is_killed_each_transfer_is_booked_once_in_sqlite",
        Runtime::Embedded,
        Kind::Sqlite,
        Care::Step,
    ),
    (
        "whatever_is_killed_a_server_has_each_transfer_booked_once_in_postgres",
        Runtime::Server,
        Kind::Postgres,
        Care::Step,
    ),
    (
        "whatever_is_killed_a_server_has_each_transfer_booked_once_in_sqlite",
        Runtime::Server,
        Kind::Sqlite,
        Care::Step,
    ),
    (
        "the_audit_notices_plain_steps_in_postgres",
        Runtime::Embedded,
        Kind::Postgres,
        Care::PlainStep,
    ),
    ("the_audit_notices_plain_steps_in_sqlite", Runtime::Embedded, Kind::Sqlite, Care::PlainStep),
];

#[tokio::main]
async fn main() -> ExitCode {
    let options = Options::parse();
    if options.role.is_set() {
        serve(options.role).await;
        return ExitCode::SUCCESS;
    }
    let is_selected = |name: &str| {
        options.filters.is_empty() || options.filters.iter().any(|it| name.contains(it))
    };
    let (kills, seed) = (options.kills, options.seed.unwrap_or_else(random::seed));
    for (name, runtime, kind, care) in TESTS.into_iter().filter(|(name, ..)| is_selected(name)) {
        if options.list {
            println!("{name}: test");
            continue;
        }
        println!("{name}, seed {seed}");
        let started = Instant::now();
        let survived = async move {
            match care {
                Care::Step => load::survive(runtime, kind, kills, seed).await,
                Care::PlainStep => load::fail(runtime, kind, seed).await,
            }
        };
        // A panic, here or in a client, has printed its message.
        match tokio::spawn(survived).await {
            Ok(report) => println!("{report}, in {:.0?}", started.elapsed()),
            Err(_) => return ExitCode::FAILURE,
        }
    }
    ExitCode::SUCCESS
}

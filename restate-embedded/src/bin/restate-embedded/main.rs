//! `restate-embedded`: looks after an engine, through its admin interface or its files.

mod admin;
mod database;
mod show;

use std::{path::PathBuf, process::ExitCode};

use clap::{Parser, Subcommand};
use serde_json::{Value, json};

use admin::{Admin, Method};

/// Looks after an embedded engine.
#[derive(Parser)]
#[command(name = "restate-embedded")]
struct Arguments {
    /// Where the engine's admin interface is.
    #[arg(long, global = true, default_value = "http://127.0.0.1:9070")]
    admin: String,
    /// Prints JSON, for programs.
    #[arg(long, global = true)]
    json: bool,
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Lists invocations, the newest first.
    Ls {
        /// Filters: service=.., handler=.., key=.., scope=.., limit_key=.., status=..,
        /// older_than=10m, limit=100.
        filters: Vec<String>,
    },
    /// Shows one invocation and its journal.
    Describe {
        /// As `inv_1..`.
        id: String,
    },
    /// Asks invocations to come to an end.
    Cancel(Which),
    /// Ends invocations where they are.
    Kill(Which),
    /// Stops trying invocations until they are resumed.
    Pause(Which),
    /// Tries paused invocations again.
    Resume(Which),
    /// Forgets the results of invocations that are over.
    Purge(Which),
    /// Shows or changes the state of an object.
    #[command(subcommand)]
    State(State),
    /// Runs a query: SELECT * FROM invocations.
    Sql {
        /// The query.
        query: String,
    },
    /// Copies the database to a new file, while the engine runs.
    Backup {
        /// The engine's data directory.
        #[arg(long, default_value = "restate-data")]
        data: PathBuf,
        /// The file to be made.
        file: PathBuf,
    },
    /// Checks that the database is whole.
    Check {
        /// The engine's data directory.
        #[arg(long, default_value = "restate-data")]
        data: PathBuf,
    },
}

#[derive(clap::Args)]
struct Which {
    /// An id as `inv_1..`, or filters as for `ls`.
    #[arg(required = true)]
    which: Vec<String>,
}

#[derive(Subcommand)]
enum State {
    /// Shows the state of an object.
    Get {
        service: String,
        key: String,
        /// The scope in which it is called, if any.
        #[arg(long)]
        scope: Option<String>,
    },
    /// Sets a value of it.
    Set {
        service: String,
        key: String,
        name: String,
        value: String,
        /// The scope in which it is called, if any.
        #[arg(long)]
        scope: Option<String>,
    },
    /// Removes a value of it.
    Clear {
        service: String,
        key: String,
        name: String,
        /// The scope in which it is called, if any.
        #[arg(long)]
        scope: Option<String>,
    },
}

fn main() -> ExitCode {
    let Arguments { admin, json, command } = Arguments::parse();
    match execute(&Admin::new(&admin), command) {
        Ok(answer) => {
            println!("{}", if json { answer.to_string() } else { show::for_people(&answer) });
            ExitCode::SUCCESS
        }
        Err(message) => {
            eprintln!("{message}");
            ExitCode::FAILURE
        }
    }
}

fn execute(admin: &Admin, command: Command) -> Result<Value, String> {
    match command {
        Command::Ls { filters } => {
            let found = admin.request(Method::Get, &["invocations"], &filters, b"")?;
            Ok(found["invocations"].clone())
        }
        Command::Describe { id } => {
            let mut invocation = admin.request(Method::Get, &["invocations", &id], &[], b"")?;
            let journal = admin.request(Method::Get, &["invocations", &id, "journal"], &[], b"")?;
            invocation["journal"] = journal["entries"].clone();
            invocation["result"] = journal["result"].clone();
            Ok(invocation)
        }
        Command::Cancel(which) => control(admin, "cancel", &which),
        Command::Kill(which) => control(admin, "kill", &which),
        Command::Pause(which) => control(admin, "pause", &which),
        Command::Resume(which) => control(admin, "resume", &which),
        Command::Purge(which) => control(admin, "purge", &which),
        Command::State(State::Get { service, key, scope }) => {
            let path = ["services", &service, "state", &key];
            Ok(admin.request(Method::Get, &path, &query(scope), b"")?["state"].clone())
        }
        Command::State(State::Set { service, key, name, value, scope }) => {
            let path = ["services", &service, "state", &key, &name];
            admin.request(Method::Put, &path, &query(scope), value.as_bytes())
        }
        Command::State(State::Clear { service, key, name, scope }) => {
            let path = ["services", &service, "state", &key, &name];
            admin.request(Method::Delete, &path, &query(scope), b"")
        }
        Command::Sql { query } => {
            let body = json!({ "query": query }).to_string();
            Ok(admin.request(Method::Post, &["query"], &[], body.as_bytes())?["rows"].clone())
        }
        Command::Backup { data, file } => database::backup(&data, &file),
        Command::Check { data } => database::check(&data),
    }
}

fn query(scope: Option<String>) -> Vec<String> {
    scope.map(|scope| format!("scope={scope}")).into_iter().collect()
}

fn control(admin: &Admin, what: &str, Which { which }: &Which) -> Result<Value, String> {
    match &which[..] {
        [id] if id.starts_with("inv_") => {
            admin.request(Method::Post, &["invocations", id, what], &[], b"")
        }
        filters => admin.request(Method::Post, &["invocations", what], filters, b""),
    }
}

//! `restate-embedded`: inspects and controls an engine, through its admin interface or its files.

mod admin;
mod database;
mod show;
mod stopped;

use std::{path::PathBuf, process::ExitCode};

use clap::{Parser, Subcommand};
use serde_json::{Value, json};

use admin::{Admin, Method};

/// Inspects and controls an embedded engine.
#[derive(Parser)]
#[command(name = "restate-embedded")]
struct Arguments {
    /// URL of the engine's admin interface.
    #[arg(long, global = true, default_value = "http://127.0.0.1:9070")]
    admin: String,
    /// The data directory: of `backup` and `check` (default: restate-data), and for all other commands
    /// of an engine that is stopped, in place of `--admin`.
    #[arg(long, global = true, value_name = "DIRECTORY")]
    data: Option<PathBuf>,
    /// A file with a token of the admin interface. The variable RESTATE_ADMIN_TOKEN can hold the token
    /// instead.
    #[arg(long, global = true, value_name = "FILE")]
    token_file: Option<PathBuf>,
    /// Prints JSON.
    #[arg(long, global = true)]
    json: bool,
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Lists invocations, newest first.
    Ls {
        /// Filters: service=.., handler=.., key=.., scope=.., limit_key=.., status=..,
        /// older_than=10m, limit=100.
        filters: Vec<String>,
    },
    /// Shows one invocation and its journal.
    Describe {
        /// The id, such as `inv_1..`.
        id: String,
    },
    /// Cancels invocations: their handlers fail at the next await and can clean up.
    Cancel(Selection),
    /// Ends invocations at once; their handlers cannot clean up.
    Kill(Selection),
    /// Pauses invocations: they are not retried until they are resumed.
    Pause(Selection),
    /// Resumes paused invocations.
    Resume(Selection),
    /// Deletes the results of completed invocations.
    Purge(Selection),
    /// Shows or changes the state of an object or a workflow.
    #[command(subcommand)]
    State(State),
    /// Runs an SQL query, such as `SELECT * FROM invocations`.
    Sql {
        /// The query.
        query: String,
    },
    /// Copies the database to a new file, while the engine runs.
    Backup {
        /// The new file.
        file: PathBuf,
    },
    /// Checks the integrity of the database.
    Check,
}

#[derive(clap::Args)]
struct Selection {
    /// An id such as `inv_1..`, or the filters of `ls`.
    #[arg(required = true)]
    selection: Vec<String>,
}

#[derive(Subcommand)]
enum State {
    /// Shows all values.
    Get {
        service: String,
        key: String,
        /// The scope of the object, if any.
        #[arg(long)]
        scope: Option<String>,
    },
    /// Sets a value.
    Set {
        service: String,
        key: String,
        name: String,
        value: String,
        /// The scope of the object, if any.
        #[arg(long)]
        scope: Option<String>,
    },
    /// Removes a value.
    Clear {
        service: String,
        key: String,
        name: String,
        /// The scope of the object, if any.
        #[arg(long)]
        scope: Option<String>,
    },
}

fn main() -> ExitCode {
    let Arguments { admin, data, token_file, json, command } = Arguments::parse();
    let executed = match (command, data) {
        (Command::Backup { file }, data) => database::backup(&directory(data), &file),
        (Command::Check, data) => database::check(&directory(data)),
        (command, Some(data)) => stopped::with_admin(&data, |admin| execute(&admin, command)),
        (command, None) => {
            token(token_file).and_then(|token| execute(&Admin::new(&admin, token), command))
        }
    };
    match executed {
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

fn directory(data: Option<PathBuf>) -> PathBuf {
    data.unwrap_or_else(|| "restate-data".into())
}

fn token(file: Option<PathBuf>) -> Result<Option<String>, String> {
    match file {
        Some(file) => match std::fs::read_to_string(&file) {
            Ok(token) => Ok(Some(token.trim().to_owned())),
            Err(error) => Err(format!("no token can be read from `{}`: {error}", file.display())),
        },
        None => Ok(std::env::var("RESTATE_ADMIN_TOKEN").ok()),
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
        Command::Cancel(selection) => control(admin, "cancel", &selection),
        Command::Kill(selection) => control(admin, "kill", &selection),
        Command::Pause(selection) => control(admin, "pause", &selection),
        Command::Resume(selection) => control(admin, "resume", &selection),
        Command::Purge(selection) => control(admin, "purge", &selection),
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
        Command::Backup { .. } | Command::Check => unreachable!("they need no engine"),
    }
}

fn query(scope: Option<String>) -> Vec<String> {
    scope.map(|scope| format!("scope={scope}")).into_iter().collect()
}

fn control(
    admin: &Admin,
    operation: &str,
    Selection { selection }: &Selection,
) -> Result<Value, String> {
    match &selection[..] {
        [id] if id.starts_with("inv_") => {
            admin.request(Method::Post, &["invocations", id, operation], &[], b"")
        }
        filters => admin.request(Method::Post, &["invocations", operation], filters, b""),
    }
}

//! `restate-embedded`: inspects and controls an engine, through its admin interface or its files.

mod address;
mod admin;
mod columns;
mod database;
mod list;
#[cfg(feature = "serve")]
mod serve;
mod show;
mod stopped;
mod style;
#[cfg(feature = "tls")]
mod tls;
#[cfg(not(feature = "tls"))]
#[path = "without_tls.rs"]
mod tls;

use std::{
    path::{Path, PathBuf},
    process::ExitCode,
    time::{SystemTime, UNIX_EPOCH},
};

#[cfg(feature = "serve")]
use clap::{CommandFactory as _, error::ErrorKind};
use clap::{Parser, Subcommand};
use restate_core::escape::Escaped;
use serde_json::{Value, json};

use admin::{Admin, Method};
use style::Style;

/// Where the admin interface of an engine is, unless it is said.
const ADMIN: &str = "http://127.0.0.1:9070";

/// Inspects and controls an embedded engine.
#[derive(Parser)]
#[command(name = "restate-embedded")]
struct Arguments {
    /// URL of the engine's admin interface; with `https://`, the certificate of the engine is checked.
    ///
    /// http://127.0.0.1:9070 unless set.
    #[arg(long, global = true, value_name = "URL")]
    admin: Option<String>,
    /// The data directory: of `backup` and `check` (default: restate-data), and for all other commands
    /// of an engine that is stopped, in place of `--admin`.
    #[arg(long, global = true, value_name = "DIRECTORY")]
    data: Option<PathBuf>,
    /// A file with a token of the admin interface. The variable RESTATE_ADMIN_TOKEN can hold the token
    /// instead.
    #[arg(long, global = true, value_name = "FILE")]
    token_file: Option<PathBuf>,
    /// A file (PEM) with certificate authorities to trust, besides those that the system trusts.
    #[arg(long, global = true, value_name = "FILE")]
    ca: Option<PathBuf>,
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
        /// text=.., older_than=10m, newer_than=1h, order=oldest, limit=100.
        filters: Vec<String>,
        /// Shows all columns, in full length.
        #[arg(long)]
        wide: bool,
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
    /// Resumes invocations that are paused or wait, or whose deployment was removed.
    Resume {
        #[command(flatten)]
        selection: Selection,
        /// Where they go on: `latest`, `keep`, or the id of a deployment. Its code has to fit the journal.
        #[arg(long, default_value = "keep")]
        deployment: String,
    },
    /// Deletes the results of completed invocations.
    Purge(Selection),
    /// Invokes the handler of a completed invocation again, with the same input.
    Restart {
        /// The id, such as `inv_1..`.
        id: String,
    },
    /// Lists the bound services, or the handlers of one.
    Services {
        /// The name of a service.
        service: Option<String>,
    },
    /// Shows or changes the rules that limit how many invocations run at a time.
    #[command(subcommand)]
    Rules(Rules),
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
    /// Runs an engine whose services are deployments: behind URLs, in any language.
    ///
    /// Each option can also be set by the variable that its help names. Durations are written as `30s`, `10m`
    /// or `7d`. SIGINT and SIGTERM end the engine; what it has not finished goes on at its next start.
    #[cfg(feature = "serve")]
    Serve(Box<serve::Serve>),
}

#[derive(clap::Args)]
struct Selection {
    /// An id such as `inv_1..`, or the filters of `ls`.
    #[arg(required = true)]
    selection: Vec<String>,
}

#[derive(Subcommand)]
enum Rules {
    /// Lists all rules.
    Ls,
    /// Adds or replaces a rule.
    Set {
        /// A scope and levels of limit keys, such as `orders/*`.
        pattern: String,
        /// How many invocations run at a time; without it, any number.
        #[arg(long)]
        concurrency: Option<u32>,
        /// What the rule is for.
        #[arg(long)]
        description: Option<String>,
        /// Keeps the rule without applying it.
        #[arg(long)]
        disabled: bool,
    },
    /// Removes a rule.
    Rm {
        /// Its pattern.
        pattern: String,
    },
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
    let Arguments { admin, data, token_file, ca, json, command } = Arguments::parse();
    #[cfg(feature = "serve")]
    if let Command::Serve(serve) = command {
        if token_file.is_some() || ca.is_some() || json {
            let message = "`--token-file`, `--ca` and `--json` are for commands that ask an engine, and \
                           `serve` is one; its own options are in `serve --help`\n";
            Arguments::command().error(ErrorKind::ArgumentConflict, message).exit();
        }
        return serve::run(*serve);
    }
    let admin = admin.unwrap_or_else(|| ADMIN.to_owned());
    let view = View::of(&command, json);
    let executed = match (command, data) {
        (Command::Backup { file }, data) => database::backup(&directory(data), &file),
        (Command::Check, data) => database::check(&directory(data)),
        (command, Some(data)) => stopped::with_admin(&data, |admin| execute(&admin, command)),
        (command, None) => {
            running(&admin, token_file, ca.as_deref()).and_then(|admin| execute(&admin, command))
        }
    };
    match executed {
        Ok(answer) => {
            println!("{}", view.show(&answer));
            ExitCode::SUCCESS
        }
        Err(message) => {
            // It may repeat what a stranger has written.
            eprintln!("{}", Escaped(message));
            ExitCode::FAILURE
        }
    }
}

fn directory(data: Option<PathBuf>) -> PathBuf {
    data.unwrap_or_else(|| "restate-data".into())
}

/// The admin interface of an engine that runs.
fn running(url: &str, token_file: Option<PathBuf>, ca: Option<&Path>) -> Result<Admin, String> {
    Admin::new(url, token(token_file)?, ca)
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

/// How the answer of a command is shown.
#[derive(Clone, Copy)]
enum View {
    Json,
    Invocations,
    /// Rows with these columns.
    Table(&'static [&'static str]),
    Any,
}

impl View {
    fn of(command: &Command, json: bool) -> Self {
        match command {
            _ if json => Self::Json,
            Command::Ls { wide: true, .. } => Self::Table(&show::WIDE),
            Command::Ls { .. } => Self::Invocations,
            Command::Services { service: None } => Self::Table(&show::SERVICES),
            Command::Services { .. } => Self::Table(&show::HANDLERS),
            Command::Rules(Rules::Ls | Rules::Set { .. }) => Self::Table(&show::RULES),
            _ => Self::Any,
        }
    }

    fn show(self, answer: &Value) -> String {
        match (self, answer) {
            (Self::Json, _) => show::json(answer),
            (Self::Invocations, Value::Array(rows)) if !rows.is_empty() => {
                list::table(rows, now(), Style::of_output())
            }
            (Self::Table(columns), Value::Array(rows)) if !rows.is_empty() => {
                show::table(rows, columns)
            }
            _ => show::for_people(answer),
        }
    }
}

/// Milliseconds since the Unix epoch.
#[expect(clippy::disallowed_methods, reason = "people read ages and not points in time")]
fn now() -> i64 {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(now.as_millis()).unwrap_or(i64::MAX)
}

fn execute(admin: &Admin, command: Command) -> Result<Value, String> {
    match command {
        Command::Ls { filters, wide: _ } => {
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
        Command::Cancel(selection) => control(admin, "cancel", &selection, None),
        Command::Kill(selection) => control(admin, "kill", &selection, None),
        Command::Pause(selection) => control(admin, "pause", &selection, None),
        Command::Resume { selection, deployment } => {
            control(admin, "resume", &selection, Some(&format!("deployment={deployment}")))
        }
        Command::Purge(selection) => control(admin, "purge", &selection, None),
        Command::Restart { id } => {
            admin.request(Method::Post, &["invocations", &id, "restart-as-new"], &[], b"")
        }
        Command::Services { service: None } => {
            let found = admin.request(Method::Get, &["services"], &[], b"")?;
            Ok(found["services"].as_array().into_iter().flatten().map(service).collect())
        }
        Command::Services { service: Some(name) } => {
            let found = admin.request(Method::Get, &["services", &name], &[], b"")?;
            Ok(found["handlers"].clone())
        }
        Command::Rules(rules) => execute_rules(admin, rules),
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
        #[cfg(feature = "serve")]
        Command::Serve(_) => unreachable!("it is the engine"),
    }
}

/// The line of one service.
fn service(service: &Value) -> Value {
    let handlers = service["handlers"].as_array().into_iter().flatten();
    let handlers: Vec<&str> = handlers.filter_map(|handler| handler["name"].as_str()).collect();
    json!({
        "name": service["name"],
        "type": service["ty"],
        "public": service["public"],
        "handlers": handlers.join(", "),
    })
}

fn execute_rules(admin: &Admin, rules: Rules) -> Result<Value, String> {
    match rules {
        Rules::Ls => admin.request(Method::Get, &["limits", "rules"], &[], b""),
        Rules::Set { pattern, concurrency, description, disabled } => {
            let limits = json!({ "concurrency": concurrency });
            let rule = json!([{
                "pattern": pattern,
                "limits": limits,
                "description": description,
                "disabled": disabled,
            }]);
            admin.request(Method::Put, &["limits", "rules"], &[], rule.to_string().as_bytes())
        }
        Rules::Rm { pattern } => {
            let rule = json!([{ "pattern": pattern }]).to_string();
            let path = ["limits", "rules", "bulk-delete"];
            let removed = admin.request(Method::Post, &path, &[], rule.as_bytes())?;
            match removed.as_array().is_some_and(Vec::is_empty) {
                true => Err(format!("there is no rule `{pattern}`; `rules ls` lists all")),
                false => Ok(removed),
            }
        }
    }
}

fn query(scope: Option<String>) -> Vec<String> {
    scope.map(|scope| format!("scope={scope}")).into_iter().collect()
}

fn control(
    admin: &Admin,
    operation: &str,
    Selection { selection }: &Selection,
    parameter: Option<&str>,
) -> Result<Value, String> {
    let parameter = parameter.map(str::to_owned);
    let parameters = |filters: &[String]| [filters, parameter.as_slice()].concat();
    match &selection[..] {
        [id] if id.starts_with("inv_") => {
            admin.request(Method::Post, &["invocations", id, operation], &parameters(&[]), b"")
        }
        filters => {
            admin.request(Method::Post, &["invocations", operation], &parameters(filters), b"")
        }
    }
}

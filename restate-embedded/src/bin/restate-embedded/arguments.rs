//! The command line as it is written.

use std::{path::PathBuf, time::Duration};

use clap::{Parser, Subcommand};
use clap_complete::Shell;

/// Inspects and controls an embedded engine.
#[derive(Parser)]
#[command(name = "restate-embedded")]
pub(crate) struct Arguments {
    /// URL of the engine's admin interface; with `https://`, the certificate of the engine is checked.
    ///
    /// http://127.0.0.1:9070 unless set.
    #[arg(long, global = true, value_name = "URL")]
    pub(crate) admin: Option<String>,
    /// The data directory: of `backup`, `check` and `move` (default: restate-data), and for all other commands
    /// of an engine that is stopped, in place of `--admin`.
    #[arg(long, global = true, value_name = "DIRECTORY")]
    pub(crate) data: Option<PathBuf>,
    /// A file with a token of the admin interface. The variable RESTATE_ADMIN_TOKEN can hold the token
    /// instead.
    #[arg(long, global = true, value_name = "FILE")]
    pub(crate) token_file: Option<PathBuf>,
    /// A file (PEM) with certificate authorities to trust, besides those that the system trusts.
    #[arg(long, global = true, value_name = "FILE")]
    pub(crate) ca: Option<PathBuf>,
    /// Prints JSON, also for errors; `docs/cli.md` of the repository lists the fields.
    #[arg(long, global = true)]
    pub(crate) json: bool,
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Subcommand)]
pub(crate) enum Command {
    /// Lists invocations, newest first.
    Ls {
        /// Filters: service=.., handler=.., key=.., scope=.., limit_key=.., status=..,
        /// older_than=10m, limit=100.
        filters: Vec<String>,
        /// Shows all columns, in full length.
        #[arg(long)]
        wide: bool,
    },
    /// Shows a list of invocations that is always current. In a pipe it prints a line for each change.
    Watch(Watch),
    /// Shows one invocation and its journal.
    Describe {
        /// The id, such as `inv_1..`.
        id: String,
    },
    /// Shows parts of one invocation.
    #[command(subcommand)]
    Invocations(InvocationPart),
    /// Calls a handler, and prints its result.
    Call(Request),
    /// Has a handler called, and prints the id of the invocation.
    Send {
        #[command(flatten)]
        request: Request,
        /// How long the call is delayed, such as `10m` or `PT10M`.
        #[arg(long, value_name = "DURATION")]
        delay: Option<String>,
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
    /// Executes a completed invocation again, as a new one with the same input.
    Restart {
        /// The id, such as `inv_1..`.
        id: String,
        /// The index of the last entry of its journal to keep, as `describe` shows it. What was done up to
        /// there is not done again.
        #[arg(long, value_name = "INDEX", default_value_t = 0)]
        from: u32,
        /// Where it runs: `latest`, `keep`, or the id of a deployment. Its code has to fit what is kept.
        #[arg(long, default_value = "latest")]
        deployment: String,
    },
    /// Saves journals as files that `cargo test` replays against changed handlers. `docs/guide/gate.md` of
    /// the repository says how.
    Record(Record),
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
    /// Moves what a stopped engine has to a Restate server: state, and calls that have not started.
    ///
    /// It can be repeated after a failure: nothing is done twice. `docs/guide/move.md` of the repository
    /// says what is moved.
    Move(Move),
    /// Writes a new project: a contract, handlers, tests, logging, a Dockerfile and CI.
    New(New),
    /// Has an engine refuse calls from outside, and waits until it has finished what it has.
    ///
    /// Calls of handlers go on, and delayed calls start when they are due. A restart of the engine ends it.
    Drain {
        /// Ends after this many seconds, with exit code 7 if something is still under way.
        #[arg(long, value_name = "SECONDS", value_parser = seconds)]
        timeout: Option<Duration>,
        /// Lets the engine take calls again.
        #[arg(long)]
        undo: bool,
    },
    /// Checks the integrity of the database.
    Check,
    /// Prints a script that completes commands and options in a shell.
    Completions {
        /// The shell.
        shell: Shell,
    },
    /// Runs an engine whose services are deployments: behind URLs, in any language.
    ///
    /// Each option can also be set by the variable that its help names. Durations are written as `30s`, `10m`
    /// or `7d`. SIGINT and SIGTERM end the engine; what it has not finished goes on at its next start.
    #[cfg(feature = "serve")]
    Serve(Box<crate::serve::Serve>),
}

#[derive(clap::Args)]
pub(crate) struct Selection {
    /// An id such as `inv_1..`, or the filters of `ls`.
    #[arg(required = true)]
    pub(crate) selection: Vec<String>,
    /// Lists the invocations, and changes nothing.
    #[arg(long)]
    pub(crate) dry_run: bool,
}

#[derive(clap::Args)]
pub(crate) struct Record {
    /// Where the files are written. It is created if it does not exist.
    pub(crate) directory: PathBuf,
    /// The filters of `ls`; `limit=1000` unless set. Of a Restate server: service=.., handler=.., key=..,
    /// scope=.., status=.. and limit=..
    pub(crate) filters: Vec<String>,
    /// Saves every journal, and not only one of those with the same operations in the same order.
    #[arg(long)]
    pub(crate) all: bool,
    /// Saves values that the contract hides (`debug_redact`), too: those without a type in the contract,
    /// or all. Needs a token that permits changes.
    #[arg(long, value_name = "VALUES")]
    pub(crate) reveal: Option<Revealed>,
    /// Lists what would be saved, and writes nothing.
    #[arg(long)]
    pub(crate) dry_run: bool,
}

#[derive(clap::Args)]
pub(crate) struct New {
    /// The name of the project and of its directory, such as `order-desk`.
    pub(crate) name: String,
    /// The repository of this tool, whose crates the project then uses in place of released ones.
    #[arg(long, value_name = "DIRECTORY")]
    pub(crate) path: Option<PathBuf>,
}

#[derive(clap::Args)]
pub(crate) struct Move {
    /// URL of the server's ingress.
    #[arg(long, value_name = "URL")]
    pub(crate) to: String,
    /// URL of the server's admin interface.
    #[arg(long, value_name = "URL")]
    pub(crate) to_admin: String,
    /// A file with a token of the server. The variable RESTATE_AUTH_TOKEN can hold the token instead.
    #[arg(long, value_name = "FILE")]
    pub(crate) to_token_file: Option<PathBuf>,
    /// Leaves what cannot be moved, such as invocations that have started, and moves the rest. Without it,
    /// nothing is moved then.
    #[arg(long)]
    pub(crate) leave: bool,
    /// Lists what would be moved, and changes nothing.
    #[arg(long)]
    pub(crate) dry_run: bool,
}

/// Which hidden values a recording has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Revealed {
    /// State, results of run steps, promises, awakeables and signals.
    Untyped,
    /// Everything as it is stored.
    All,
}

#[derive(clap::Args)]
pub(crate) struct Watch {
    /// The filters of `ls`.
    pub(crate) filters: Vec<String>,
    /// Seconds between two lists.
    #[arg(long, value_name = "SECONDS", default_value = "1", value_parser = seconds)]
    pub(crate) interval: Duration,
    /// Ends after listing this many times; without it, it goes on until it is interrupted.
    #[arg(long, value_name = "NUMBER")]
    pub(crate) times: Option<u64>,
}

#[derive(Subcommand)]
pub(crate) enum InvocationPart {
    /// Shows the journal as a timeline: each command with what has answered it.
    Journal {
        /// The id, such as `inv_1..`.
        id: String,
    },
}

#[derive(clap::Args)]
pub(crate) struct Request {
    /// The handler: `Service/handler`, and for objects and workflows `Service/key/handler`.
    pub(crate) target: String,
    /// The request as JSON, `@FILE` for one in a file, or `-` for standard input. It is checked against the
    /// contract before it is sent.
    pub(crate) body: Option<String>,
    /// Calls with the same key are executed once, and have one result.
    #[arg(long, value_name = "KEY")]
    pub(crate) idempotency_key: Option<String>,
    /// URL of the engine's ingress.
    #[arg(long, value_name = "URL", default_value = "http://127.0.0.1:8080")]
    pub(crate) ingress: String,
    /// A file with a token of the ingress. The variable RESTATE_INGRESS_TOKEN can hold the token instead.
    #[arg(long, value_name = "FILE")]
    pub(crate) ingress_token_file: Option<PathBuf>,
}

#[derive(Subcommand)]
pub(crate) enum Rules {
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
pub(crate) enum State {
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

fn seconds(text: &str) -> Result<Duration, String> {
    let seconds = text.parse().ok().and_then(|seconds| Duration::try_from_secs_f64(seconds).ok());
    seconds.ok_or_else(|| format!("`{text}` is not a number of seconds, such as 0.5"))
}

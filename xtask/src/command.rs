//! Runs other programs, and prints their command lines.

use std::{
    fmt,
    process::{Command, ExitStatus, Output, Stdio},
};

/// Why a task failed.
#[derive(Debug)]
pub(crate) enum Failed {
    NotStarted { command: String, error: std::io::Error },
    Exited { command: String, status: ExitStatus },
    Files { what: &'static str, error: std::io::Error },
    Stale { file: &'static str, command: &'static str },
    NoMessage { name: String, line: usize },
    Counts(String),
    Rooms(String),
    Links(String),
    Package(String),
    Metadata(serde_json::Error),
    Api { package: String, error: public_api::Error },
    Suite(String),
}

impl Failed {
    /// An error from reading or writing `what`.
    pub(crate) fn files(what: &'static str) -> impl FnOnce(std::io::Error) -> Self {
        move |error| Self::Files { what, error }
    }
}

impl fmt::Display for Failed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotStarted { command, error } => write!(f, "cannot run `{command}`: {error}"),
            Self::Exited { command, status } => write!(f, "`{command}` failed: {status}"),
            Self::Metadata(error) => write!(f, "cargo metadata is not JSON: {error}"),
            Self::Api { package, error } => {
                write!(f, "cannot list the public items of {package}: {error}")
            }
            Self::Files { what, error } => write!(f, "cannot read or write {what}: {error}"),
            Self::Stale { file, command } => {
                write!(f, "{file} is out of date; run `{command}` and read the difference")
            }
            Self::NoMessage { name, line } => write!(
                f,
                "{name}:{line}: mistakes and messages do not match here; an error of an earlier \
                 phase hides those of later ones, so give this mistake a file of its own"
            ),
            Self::Counts(message)
            | Self::Rooms(message)
            | Self::Links(message)
            | Self::Package(message)
            | Self::Suite(message) => f.write_str(message),
        }
    }
}

/// Runs the cargo that runs this task.
pub(crate) fn cargo(arguments: &[&str]) -> Result<(), Failed> {
    run(Command::new(env!("CARGO")).args(arguments))
}

/// Like [`cargo`], with additional environment variables.
pub(crate) fn cargo_with_env(variables: &[(&str, &str)], arguments: &[&str]) -> Result<(), Failed> {
    run(Command::new(env!("CARGO")).args(arguments).envs(variables.iter().copied()))
}

/// Runs a program.
pub(crate) fn run(command: &mut Command) -> Result<(), Failed> {
    let shown = shown(command);
    eprintln!("$ {shown}");
    match command.status() {
        Ok(status) if status.success() => Ok(()),
        Ok(status) => Err(Failed::Exited { command: shown, status }),
        Err(error) => Err(Failed::NotStarted { command: shown, error }),
    }
}

/// Runs a program and returns its standard output.
pub(crate) fn output(command: &mut Command) -> Result<String, Failed> {
    match command.stderr(Stdio::inherit()).output() {
        Ok(Output { status, stdout, .. }) if status.success() => {
            Ok(String::from_utf8_lossy(&stdout).into_owned())
        }
        Ok(Output { status, .. }) => Err(Failed::Exited { command: shown(command), status }),
        Err(error) => Err(Failed::NotStarted { command: shown(command), error }),
    }
}

fn shown(command: &Command) -> String {
    let program = command.get_program().to_string_lossy();
    let program = program.rsplit('/').next().unwrap_or_default();
    let arguments = command.get_args().map(|argument| argument.to_string_lossy());
    [program.into()].into_iter().chain(arguments).collect::<Vec<_>>().join(" ")
}

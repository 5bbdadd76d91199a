//! Why a command has failed, and the exit code that says so to scripts.

use std::process::ExitCode;

/// Why a command has failed.
#[derive(Debug)]
pub(crate) struct Failure {
    pub(crate) cause: Cause,
    pub(crate) message: String,
}

/// The kinds of failures that scripts tell apart, by exit codes. `docs/cli.md` lists them; 2 is a command
/// line that makes no sense.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Cause {
    /// Anything else, such as a file that cannot be written.
    Other = 1,
    /// No engine answers.
    Unreachable = 3,
    /// A token is missing, or does not permit it.
    Forbidden = 4,
    /// What was named does not exist.
    NotFound = 5,
    /// The request is wrong, whatever the state of the engine.
    Invalid = 6,
    /// It cannot be done now.
    Conflict = 7,
    /// The handler that was called has failed.
    Handler = 8,
    /// The database is damaged.
    Damaged = 9,
}

impl Failure {
    pub(crate) fn new(cause: Cause, message: impl Into<String>) -> Self {
        Self { cause, message: message.into() }
    }

    pub(crate) fn exit_code(&self) -> ExitCode {
        ExitCode::from(self.cause as u8)
    }
}

impl Cause {
    /// What an HTTP status of the engine means.
    pub(crate) fn of_status(status: u16) -> Self {
        match status {
            401 | 403 => Self::Forbidden,
            404 => Self::NotFound,
            409 | 410 | 429 | 470 | 503 => Self::Conflict,
            400..500 => Self::Invalid,
            _ => Self::Other,
        }
    }
}

impl From<String> for Failure {
    fn from(message: String) -> Self {
        Self { cause: Cause::Other, message }
    }
}

//! What is called, by the names that all peers have for it.

use clap::ValueEnum;
use serde::Serialize;

/// A handler and its request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, ValueEnum)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Workload {
    /// No operation of the context.
    Greet,
    /// Three `run` steps in sequence.
    Steps,
    /// One call of another handler.
    Call,
    /// State of one of 64 objects, read and written.
    Add,
    /// Ten one-way calls of another handler.
    Fan,
}

impl Workload {
    pub(crate) const ALL: [Self; 5] = [Self::Greet, Self::Steps, Self::Call, Self::Add, Self::Fan];

    /// The path of the `call`th call of a connection.
    pub(crate) fn path(self, connection: usize, call: u64) -> String {
        const KEYS: u64 = 64;

        match self {
            Self::Add => format!("/Counter/{}/add", (connection as u64 + call) % KEYS),
            other => other.name().to_owned(),
        }
    }

    /// What tables call it.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Greet => "/Greeter/greet",
            Self::Steps => "/Steps/run",
            Self::Call => "/Chain/call",
            Self::Add => "/Counter/{key}/add",
            Self::Fan => "/Chain/fan",
        }
    }

    pub(crate) fn body(self) -> &'static str {
        match self {
            Self::Greet | Self::Steps | Self::Call => r#"{"name":"P"}"#,
            Self::Add => r#"{"delta":1}"#,
            Self::Fan => r#"{"n":10}"#,
        }
    }
}

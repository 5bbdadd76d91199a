use std::time::{SystemTime, UNIX_EPOCH};

use serde_json::Value;

use crate::{
    arguments::{Command, InvocationPart, Rules, Selection},
    list, moved, record, show,
    style::Style,
    template,
    timeline::timeline,
};

/// How the answer of a command is shown.
#[derive(Clone, Copy)]
pub(crate) enum View {
    Json,
    Invocations,
    /// An invocation with its journal.
    Timeline,
    /// A project that was written.
    Project,
    /// What was moved.
    Moved,
    /// What was recorded.
    Recordings,
    /// What would be changed.
    Rehearsal,
    /// A text as it is.
    Text,
    /// The result of a call.
    CallResult,
    /// Rows with these columns.
    Table(&'static [&'static str]),
    Any,
}

impl View {
    pub(crate) fn of(command: &Command, json: bool) -> Self {
        match command {
            Command::Completions { .. } => Self::Text,
            _ if json => Self::Json,
            Command::Watch(_) => Self::Invocations,
            Command::Invocations(InvocationPart::Journal { .. }) => Self::Timeline,
            Command::Call(_) => Self::CallResult,
            Command::Record(_) => Self::Recordings,
            Command::Move(_) => Self::Moved,
            Command::New(_) => Self::Project,
            Command::Cancel(Selection { dry_run: true, .. })
            | Command::Kill(Selection { dry_run: true, .. })
            | Command::Pause(Selection { dry_run: true, .. })
            | Command::Resume { selection: Selection { dry_run: true, .. }, .. }
            | Command::Purge(Selection { dry_run: true, .. }) => Self::Rehearsal,
            Command::Ls { wide: true, .. } => Self::Table(&show::WIDE),
            Command::Ls { .. } => Self::Invocations,
            Command::Services { service: None } => Self::Table(&show::SERVICES),
            Command::Services { .. } => Self::Table(&show::HANDLERS),
            Command::Rules(Rules::Ls | Rules::Set { .. }) => Self::Table(&show::RULES),
            _ => Self::Any,
        }
    }

    pub(crate) fn show(self, answer: &Value) -> String {
        match (self, answer) {
            (Self::Json, _) => show::json(answer),
            (Self::Invocations, Value::Array(rows)) if !rows.is_empty() => {
                list::table(rows, now(), Style::of_output())
            }
            (Self::Table(columns), Value::Array(rows)) if !rows.is_empty() => {
                show::table(rows, columns)
            }
            (Self::Text, Value::String(text)) => text.clone(),
            (Self::Timeline, _) => timeline(answer),
            (Self::Project, _) => template::shown(answer),
            (Self::Moved, _) => moved::shown(answer),
            (Self::Recordings, _) => record::shown(answer),
            (Self::CallResult, _) => show::json(&answer["result"]),
            (Self::Rehearsal, _) => {
                let rows = answer["invocations"].as_array().map(Vec::as_slice).unwrap_or_default();
                let operation = answer["operation"].as_str().unwrap_or_default();
                let count = format!("{operation} would be tried on {} invocations", rows.len());
                match rows {
                    [] => count,
                    _ => list::table(rows, now(), Style::of_output()) + "\n" + &count,
                }
            }
            _ => show::for_people(answer),
        }
    }
}

/// Milliseconds since the Unix epoch.
#[expect(clippy::disallowed_methods, reason = "people read ages and not points in time")]
pub(crate) fn now() -> i64 {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(now.as_millis()).unwrap_or(i64::MAX)
}

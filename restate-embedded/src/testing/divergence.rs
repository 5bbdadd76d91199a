use std::{error::Error, fmt};

use serde_json::Value;

use super::cause::likely_cause;
use crate::recording::{Recording, line};

/// A handler departs from its journal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Divergence {
    target: String,
    known: usize,
    entry: usize,
    recorded: Option<String>,
    produced: String,
    cause: String,
}

impl Divergence {
    /// At `entry` of the recording, `known` entries of which were replayed. `produced` is what the handler
    /// has done instead and afterwards, or how it has failed.
    pub(super) fn new(
        recording: &Recording,
        known: usize,
        entry: usize,
        produced: Result<&[Value], String>,
    ) -> Self {
        let decoded: Vec<&Value> =
            recording.entries.iter().skip(entry).map(|entry| &entry.decoded).collect();
        let (produced, cause) = match produced {
            Ok(produced) => {
                let first = produced.first().map(|first| line(&with_index(first, entry)));
                (first.unwrap_or_default(), likely_cause(&decoded, produced))
            }
            Err(message) => {
                let cause = "the handler waits for something else, or does something else, where the \
                             result of an operation was recorded";
                (message, cause.to_owned())
            }
        };
        Self {
            target: recording.target.to_string(),
            known,
            entry,
            recorded: decoded.first().map(|recorded| line(recorded)),
            produced,
            cause,
        }
    }

    /// How many entries of the journal were replayed.
    pub fn known_entries(&self) -> usize {
        self.known
    }

    /// Index of the entry that differs.
    pub fn entry(&self) -> usize {
        self.entry
    }

    /// The recorded entry, as a [`Recording`] prints it.
    pub fn recorded(&self) -> Option<&str> {
        self.recorded.as_deref()
    }

    /// The entry that the handler produced instead, or how it failed.
    pub fn produced(&self) -> &str {
        &self.produced
    }

    /// What has probably been changed, in words.
    pub fn likely_cause(&self) -> &str {
        &self.cause
    }
}

/// Commands are numbered where they stand in the journal, which has completions between them.
fn with_index(decoded: &Value, index: usize) -> Value {
    let mut decoded = decoded.clone();
    decoded["index"] = index.into();
    decoded
}

impl fmt::Display for Divergence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { target, entry, known, produced, cause, .. } = self;
        let recorded = self.recorded.as_deref().unwrap_or("nothing");
        write!(
            f,
            "{target} departs from its journal at entry {entry}, after {known} were replayed\n  \
             recorded: {recorded}\n  produced: {produced}\n  likely cause: {cause}\n\
             unfinished invocations would fail there: keep the old handler for them, and give the \
             new one another name"
        )
    }
}

impl Error for Divergence {}

use std::{fmt, fs, io, path::Path, sync::Arc};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use bytes::Bytes;
use restate_core::wire::{framing::Frame, protocol::OutputCommand};
use serde_json::{Value, json};

use super::faulty_store::frames;
use crate::{
    journal::{Contracts, JournalDecoder},
    model::{id::InvocationId, target::Target},
    store::{Phase, StoredInvocation},
};

/// The format of a recording's file, and its version.
const FORMAT: &str = "journal 1";

/// The journal of one invocation, and the handler that wrote it.
///
/// Saved and kept with the tests, it shows whether a changed handler can still finish invocations
/// that the present one has begun. Its file is JSON, readable in reviews; `Display` prints a line for
/// each entry.
#[derive(Clone, Debug, PartialEq)]
pub struct Recording {
    pub(super) id: InvocationId,
    pub(super) target: Target,
    pub(super) limit_key: Option<Arc<str>>,
    pub(super) idempotency_key: Option<Arc<str>>,
    pub(super) entries: Vec<Entry>,
}

/// An entry of a journal.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Entry {
    pub(super) frame: Bytes,
    /// The decoded entry, for people.
    pub(super) decoded: Value,
}

impl Recording {
    /// `None` if the journal is not retained.
    pub(super) fn of(
        invocation: StoredInvocation,
        parts: Vec<Bytes>,
        contracts: &dyn Contracts,
    ) -> Option<Self> {
        let StoredInvocation { id, target, limit_key, idempotency_key, phase, .. } = invocation;
        let mut frames = frames(parts);
        if frames.is_empty() {
            return None;
        }
        if let Phase::Completed(result) = phase {
            frames.push(Frame::new(&OutputCommand { result: Some(result), name: String::new() }));
        }
        let mut decoder = JournalDecoder::new(contracts, &target);
        let entry = |frame: Frame| {
            let decoded = decoder.entry(&frame).unwrap_or_default();
            Entry { frame: frame.raw().clone(), decoded }
        };
        let entries = frames.into_iter().map(entry).collect();
        // Workflows are stored with an empty idempotency key.
        let idempotency_key = idempotency_key.filter(|key| !key.is_empty());
        Some(Self { id, target, limit_key, idempotency_key, entries })
    }

    /// The invocation that was recorded.
    pub fn invocation_id(&self) -> restate_core::InvocationId {
        self.id.into()
    }

    /// The types of the entries, such as `SleepCommand`, in order.
    pub fn entries(&self) -> Vec<&str> {
        self.entries.iter().filter_map(|entry| entry.decoded["type"].as_str()).collect()
    }

    /// The entries as objects with an `index`, a `type`, and the fields of that type.
    ///
    /// Requests and responses are decoded through their contracts. State, promises and results of
    /// `run` are JSON, text or base64, whichever fits.
    pub fn to_json(&self) -> Vec<Value> {
        self.entries.iter().map(|entry| entry.decoded.clone()).collect()
    }

    /// Writes the recording to a file.
    ///
    /// # Errors
    ///
    /// When the file cannot be written.
    pub fn save(&self, path: impl AsRef<Path>) -> io::Result<()> {
        let Self { id, target, limit_key, idempotency_key, entries } = self;
        let entries: Vec<Value> = entries
            .iter()
            .map(|Entry { frame, decoded }| {
                let mut entry = decoded.clone();
                entry["frame"] = STANDARD.encode(frame).into();
                entry
            })
            .collect();
        let file = json!({
            "format": FORMAT,
            "invocation": id.to_string(),
            "service": target.service,
            "handler": target.handler,
            "key": *target.key,
            "scope": target.scope.as_deref(),
            "limitKey": limit_key.as_deref(),
            "idempotencyKey": idempotency_key.as_deref(),
            "entries": entries,
        });
        fs::write(path, format!("{file:#}\n"))
    }

    /// Reads a recording from a file.
    ///
    /// # Errors
    ///
    /// When the file cannot be read, or does not contain a recording.
    pub fn load(path: impl AsRef<Path>) -> Result<Self, RecordingError> {
        let bytes = fs::read(path).map_err(RecordingError::Io)?;
        let file: Value = serde_json::from_slice(&bytes).map_err(|_| RecordingError::Malformed)?;
        read(file).ok_or(RecordingError::Malformed)
    }

    pub(super) fn frames(&self) -> Vec<Frame> {
        frames(self.entries.iter().map(|entry| entry.frame.clone()).collect())
    }
}

fn read(mut file: Value) -> Option<Recording> {
    if file["format"] != FORMAT {
        return None;
    }
    let entries = file["entries"].take();
    let text = |name: &str| Some(file[name].as_str()?.to_owned());
    let entry = |mut decoded: Value| {
        let frame = decoded.as_object_mut()?.remove("frame")?;
        let frame = STANDARD.decode(frame.as_str()?).ok()?.into();
        Some(Entry { frame, decoded })
    };
    let recording = Recording {
        id: text("invocation")?.parse().ok()?,
        target: Target::new(text("service")?, text("handler")?, text("key")?)
            .within(text("scope").map(Into::into)),
        limit_key: text("limitKey").map(Into::into),
        idempotency_key: text("idempotencyKey").map(Into::into),
        entries: entries.as_array()?.iter().cloned().map(entry).collect::<Option<_>>()?,
    };
    (recording.frames().len() == recording.entries.len()).then_some(recording)
}

impl fmt::Display for Recording {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.target)?;
        self.entries.iter().try_for_each(|entry| write!(f, "\n  {}", line(&entry.decoded)))
    }
}

/// An entry in one line, such as `3 RunCommand {"name":"charge"}`.
pub(super) fn line(decoded: &Value) -> String {
    let mut rest = decoded.as_object().cloned().unwrap_or_default();
    rest.remove("index");
    rest.remove("type");
    let rest = if rest.is_empty() { String::new() } else { format!(" {}", Value::from(rest)) };
    format!("{} {}{rest}", decoded["index"], decoded["type"].as_str().unwrap_or_default())
}

/// Why a recording could not be loaded.
#[derive(Debug)]
pub enum RecordingError {
    /// The file cannot be read.
    Io(io::Error),
    /// The file was not written by [`Recording::save`] of this version.
    Malformed,
}

impl fmt::Display for RecordingError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Io(source) => write!(f, "the recording cannot be read: {source}"),
            Self::Malformed => f.write_str(
                "the file does not contain a recording of this version; record the invocation again",
            ),
        }
    }
}

impl std::error::Error for RecordingError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Io(source) => Some(source),
            Self::Malformed => None,
        }
    }
}

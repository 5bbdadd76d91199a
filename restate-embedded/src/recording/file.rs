//! The file of a recording: JSON with the entries both as bytes and as people read them.

use std::{fs, io, path::Path};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde_json::{Value, json};

use super::{RecordedEntry, Recording, RecordingError, Reveal};
use crate::model::target::Target;

/// The format of a recording's file, and its version.
const FORMAT: &str = "journal 1";

impl Recording {
    /// What is in its file.
    #[doc(hidden)]
    pub fn document(&self) -> Value {
        let Self { id, target, limit_key, idempotency_key, random_seed, entries, reveal, cut } =
            self;
        let entry = |RecordedEntry { frame, decoded, is_redacted }: &RecordedEntry| {
            let mut entry = decoded.clone();
            if *is_redacted {
                entry["redacted"] = true.into();
            }
            entry["frame"] = STANDARD.encode(frame).into();
            entry
        };
        json!({
            "format": FORMAT,
            "invocation": id.to_string(),
            "service": target.service,
            "handler": target.handler,
            "key": *target.key,
            "scope": target.scope.as_deref(),
            "limitKey": limit_key.as_deref(),
            "idempotencyKey": idempotency_key.as_deref(),
            // A number in JSON is exact up to 2^53 in many programs.
            "randomSeed": random_seed.to_string(),
            "reveal": reveal.name(),
            "cut": cut,
            "entries": entries.iter().map(entry).collect::<Vec<_>>(),
        })
    }

    /// Reads what [`document`](Self::document) has returned.
    #[doc(hidden)]
    pub fn from_document(mut file: Value) -> Option<Self> {
        if file["format"] != FORMAT {
            return None;
        }
        let entries = file["entries"].take();
        let text = |name: &str| Some(file[name].as_str()?.to_owned());
        let entry = |mut decoded: Value| {
            let fields = decoded.as_object_mut()?;
            let frame = STANDARD.decode(fields.remove("frame")?.as_str()?).ok()?.into();
            let is_redacted = fields.remove("redacted").is_some();
            Some(RecordedEntry { frame, decoded, is_redacted })
        };
        let recording = Self {
            id: text("invocation")?.parse().ok()?,
            target: Target::new(text("service")?, text("handler")?, text("key")?)
                .within(text("scope").map(Into::into)),
            limit_key: text("limitKey").map(Into::into),
            idempotency_key: text("idempotencyKey").map(Into::into),
            random_seed: text("randomSeed")?.parse().ok()?,
            entries: entries.as_array()?.iter().cloned().map(entry).collect::<Option<_>>()?,
            reveal: Reveal::named(&text("reveal")?)?,
            cut: text("cut"),
        };
        (recording.frames().len() == recording.entries.len()).then_some(recording)
    }

    /// Writes the recording to a file.
    ///
    /// # Errors
    ///
    /// When the file cannot be written.
    pub fn save(&self, path: impl AsRef<Path>) -> io::Result<()> {
        fs::write(path, format!("{:#}\n", self.document()))
    }

    /// Reads a recording from a file.
    ///
    /// # Errors
    ///
    /// When the file cannot be read, or does not contain a recording.
    pub fn load(path: impl AsRef<Path>) -> Result<Self, RecordingError> {
        let bytes = fs::read(path).map_err(RecordingError::Io)?;
        let file = serde_json::from_slice(&bytes).map_err(|_| RecordingError::Malformed)?;
        Self::from_document(file).ok_or(RecordingError::Malformed)
    }
}

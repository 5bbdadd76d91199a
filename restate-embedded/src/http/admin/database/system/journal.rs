//! The entries of a journal as rows of `sys_journal`.

use std::collections::HashSet;

use bytes::Bytes;
use restate_core::wire::framing::{Decoder, FrameError};
use serde_json::Value;

use crate::{
    journal::JournalDecoder,
    model::{catalog::Catalog, sealed::description, target::Target},
};

/// An entry, decoded.
#[derive(Debug)]
pub(super) struct JournalRow {
    pub(super) json: Value,
    /// The length of its message, in bytes.
    pub(super) length: usize,
    /// Whether nothing is missing that completes it.
    pub(super) completed: bool,
    /// The invocation that a call has made.
    pub(super) invoked: Option<String>,
}

impl JournalRow {
    pub(super) fn is_command(&self) -> bool {
        self.name_of_type().ends_with("Command")
    }

    /// Its type as Restate's SQL names it, such as `Command: Sleep`.
    pub(super) fn ty(&self) -> String {
        let name = self.name_of_type();
        match (name.strip_suffix("Command"), name.strip_suffix("Completion")) {
            (Some(command), _) => format!("Command: {command}"),
            (_, Some(completion)) => format!("Notification: {completion}"),
            _ => format!("Notification: {}", name.trim_end_matches("Notification")),
        }
    }

    fn name_of_type(&self) -> &str {
        self.json["type"].as_str().unwrap_or_default()
    }
}

/// The entries in these parts of the journal of an invocation of `target`.
///
/// # Errors
///
/// Why they cannot be read.
pub(super) fn entries(
    catalog: &Catalog,
    target: &Target,
    parts: Vec<Bytes>,
) -> Result<Vec<JournalRow>, String> {
    let mut decoder = JournalDecoder::new(catalog, target);
    let mut frames = Decoder::default();
    for part in parts {
        match description(&part) {
            None => frames.push(part),
            Some(description) => return Err(format!("the journal is {description}")),
        }
    }
    let corrupt = |error: FrameError| format!("the journal is corrupt: {error}");
    let mut entries = Vec::new();
    let mut completed = HashSet::new();
    while let Some(frame) = frames.next_frame().map_err(corrupt)? {
        let json = decoder.entry(&frame).map_err(corrupt)?;
        let answers = json["answers"]["entry"].as_u64().and_then(|at| usize::try_from(at).ok());
        match (answers, json["invocation"].as_str()) {
            (Some(call), Some(invoked)) => {
                let invoked = Some(invoked.to_owned());
                entries.get_mut(call).into_iter().for_each(|call: &mut JournalRow| {
                    call.invoked.clone_from(&invoked);
                });
            }
            (Some(command), None) => drop(completed.insert(command)),
            (None, _) => {}
        }
        let length = frame.body().len();
        entries.push(JournalRow { json, length, completed: true, invoked: None });
    }
    for (index, entry) in entries.iter_mut().enumerate() {
        let is_completable = matches!(
            entry.name_of_type(),
            "CallCommand"
                | "SleepCommand"
                | "RunCommand"
                | "GetLazyStateCommand"
                | "GetLazyStateKeysCommand"
                | "GetPromiseCommand"
                | "PeekPromiseCommand"
                | "CompletePromiseCommand"
                | "AttachInvocationCommand"
                | "GetInvocationOutputCommand"
        );
        entry.completed = !is_completable || completed.contains(&index);
    }
    Ok(entries)
}

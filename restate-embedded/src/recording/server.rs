//! Journals of a Restate server, as its table `sys_journal` has them.

use std::hash::{DefaultHasher, Hash as _, Hasher as _};

use bytes::{BufMut as _, Bytes, BytesMut};
use restate_core::wire::protocol::MessageType;
use serde_json::Value;

use super::{GivenServices, Recording, Reveal, frames};
use crate::model::{id::InvocationId, target::Target};

/// The format of journals since version 1.4 of the server.
const JOURNAL_VERSION: u64 = 2;

impl Recording {
    /// The journal of an invocation of a Restate server, from its row in `sys_invocation` and those in
    /// `sys_journal`, in order. For the command line.
    ///
    /// # Errors
    ///
    /// What is wrong with the rows.
    #[doc(hidden)]
    pub fn of_server(invocation: &Value, journal: &[Value]) -> Result<Self, String> {
        let text = |name: &str| invocation[name].as_str().unwrap_or_default().to_owned();
        let id: InvocationId = text("id").parse().map_err(|error| format!("{error}"))?;
        let names = ["service_name", "handler_name", "service_key"];
        let [service, handler, key] = names.map(|name| text(&format!("target_{name}")));
        let optional = |name: &str| Some(text(name)).filter(|it| !it.is_empty()).map(Into::into);
        let recording = Self {
            id,
            target: Target::new(service, handler, key).within(optional("scope")),
            limit_key: optional("limit_key"),
            idempotency_key: optional("idempotency_key"),
            random_seed: random_seed(id),
            entries: Vec::new(),
            reveal: Reveal::All,
            cut: None,
        };
        let entries = journal.iter().filter(|row| !is_event(row));
        let parts = entries.map(frame).collect::<Result<Vec<_>, _>>()?;
        let (count, frames) = (parts.len(), frames(parts));
        if frames.len() != count || count == 0 {
            return Err("its journal is incomplete".to_owned());
        }
        let frames = frames.into_iter().map(|frame| (frame, false));
        Ok(recording.with_frames(frames, &GivenServices::of(&[])))
    }
}

/// As a server computes it from the id: 1.7 with its default settings.
fn random_seed(id: InvocationId) -> u64 {
    let mut hasher = DefaultHasher::new();
    id.start_bytes().hash(&mut hasher);
    hasher.finish()
}

/// Events are for people, and no handler sees them.
fn is_event(row: &Value) -> bool {
    row["entry_type"].as_str().is_some_and(|ty| ty.starts_with("Event"))
}

/// The frame of an entry, whose body is the row's `raw`.
fn frame(row: &Value) -> Result<Bytes, String> {
    let named = row["entry_type"].as_str().unwrap_or_default();
    let index = &row["index"];
    if row["version"].as_u64() != Some(JOURNAL_VERSION) {
        return Err(format!(
            "entry {index} is of a version of the service protocol before 4, which cannot be replayed"
        ));
    }
    let name = match named.split_once(": ") {
        Some(("Command", name)) => format!("{name}Command"),
        Some(("Notification", "Signal")) => "Signal".to_owned(),
        Some(("Notification", name)) => format!("{name}Completion"),
        _ => named.to_owned(),
    };
    let mut types = (0..=u16::MAX).filter_map(MessageType::from_id);
    let ty = types.find(|ty| ty.to_string() == name);
    let ty = ty.ok_or_else(|| format!("entry {index} is a `{named}`, which is unknown here"))?;
    let body = row["raw"].as_str().and_then(bytes_of);
    let body = body.ok_or_else(|| format!("entry {index} has no bytes"))?;
    let mut frame = BytesMut::with_capacity(8 + body.len());
    frame.put_u16(ty.id());
    frame.put_u16(0);
    frame.put_u32(u32::try_from(body.len()).map_err(|_| format!("entry {index} is too long"))?);
    frame.put_slice(&body);
    Ok(frame.freeze())
}

fn bytes_of(hexadecimal: &str) -> Option<Vec<u8>> {
    let digits = hexadecimal.as_bytes();
    let pairs = digits.chunks(2).map(|pair| {
        let pair = std::str::from_utf8(pair).ok().filter(|pair| pair.len() == 2)?;
        u8::from_str_radix(pair, 16).ok()
    });
    pairs.collect()
}

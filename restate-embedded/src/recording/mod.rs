//! Journals as files: recorded from an engine, and replayed by tests against later code.

mod file;
mod redact;
mod server;

use std::{collections::BTreeMap, fmt, hash::Hasher as _, io, sync::Arc};

use bytes::Bytes;
use restate_core::{
    Service,
    contract::{HandlerDescriptor, ServiceDescriptor},
    wire::{
        framing::{Decoder, Frame},
        protocol::OutputCommand,
    },
};
use serde_json::{Map, Value};

pub(crate) use self::redact::{Redacted, Redactor, Reveal};
use crate::{
    journal::{Contracts, JournalDecoder},
    model::{id::InvocationId, sensitive_headers::SensitiveHeaders, target::Target},
    store::{Phase, StoredInvocation},
};

/// The journal of one invocation, and the handler that wrote it.
///
/// Saved and kept with the tests, it shows whether a changed handler can still finish invocations
/// that the present one has begun. Its file is JSON, readable in reviews; `Display` prints a line for
/// each entry.
///
/// `restate-embedded record` makes recordings of invocations of a running engine, of a data directory or
/// of a Restate server; tests make them with `testing::TestEngine::recordings`.
#[derive(Clone, Debug, PartialEq)]
pub struct Recording {
    pub(crate) id: InvocationId,
    pub(crate) target: Target,
    pub(crate) limit_key: Option<Arc<str>>,
    pub(crate) idempotency_key: Option<Arc<str>>,
    pub(crate) random_seed: u64,
    pub(crate) entries: Vec<RecordedEntry>,
    pub(crate) reveal: Reveal,
    /// Why the recording ends before the journal does.
    pub(crate) cut: Option<String>,
}

/// An entry of a journal.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct RecordedEntry {
    pub(crate) frame: Bytes,
    /// The decoded entry, for people.
    pub(crate) decoded: Value,
    /// Whether it has other values than the journal.
    pub(crate) is_redacted: bool,
}

impl Recording {
    /// The journal of a stored invocation as it is; `None` if the journal is not retained.
    pub(crate) fn of(
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
        let random_seed = invocation.random_seed.unwrap_or_else(|| id.random_seed());
        // Workflows are stored with an empty idempotency key.
        let idempotency_key = idempotency_key.filter(|key| !key.is_empty());
        let recording = Self {
            id,
            target,
            limit_key,
            idempotency_key,
            random_seed,
            entries: Vec::new(),
            reveal: Reveal::All,
            cut: None,
        };
        Some(recording.with_frames(frames.into_iter().map(|frame| (frame, false)), contracts))
    }

    /// The same with these entries, and whether they are redacted.
    fn with_frames(
        self,
        frames: impl Iterator<Item = (Frame, bool)>,
        contracts: &dyn Contracts,
    ) -> Self {
        let mut decoder = JournalDecoder::new(contracts, &self.target);
        let entry = |(frame, is_redacted): (Frame, bool)| {
            let decoded = decoder.entry(&frame).unwrap_or_default();
            RecordedEntry { frame: frame.raw().clone(), decoded, is_redacted }
        };
        let entries = frames.map(entry).collect();
        Self { entries, ..self }
    }

    /// The same without values that people must not see.
    ///
    /// Fields with `debug_redact` have another value. Of services whose contracts have such fields, the
    /// recording ends before the first value that the handler has received and whose type the contract
    /// does not tell: state, results of run steps, promises, awakeables and signals.
    #[must_use]
    pub fn redacted(&self, services: &[&dyn Service]) -> Self {
        self.redacted_by(&GivenServices::of(services), Reveal::Nothing)
    }

    pub(crate) fn redacted_by(&self, contracts: &dyn Contracts, reveal: Reveal) -> Self {
        if reveal == Reveal::All {
            return self.clone();
        }
        let mut redactor = Redactor::new(contracts, &self.target, reveal);
        let (mut frames, mut cut) = (Vec::new(), self.cut.clone());
        for (frame, entry) in self.frames().into_iter().zip(&self.entries) {
            match redactor.redact(&frame) {
                Redacted::Unchanged => frames.push((frame, entry.is_redacted)),
                Redacted::Changed(frame) => frames.push((frame, true)),
                Redacted::Unknown => {
                    let (index, ty) = (frames.len(), frame.ty());
                    cut = Some(format!(
                        "entry {index}, {ty}, has a value whose type is unknown, and messages of the \
                         service have fields that people must not see"
                    ));
                    break;
                }
            }
        }
        let reveal = self.reveal.min(reveal);
        Self { cut, reveal, ..self.clone() }.with_frames(frames.into_iter(), contracts)
    }

    /// The invocation that was recorded.
    pub fn invocation_id(&self) -> restate_core::InvocationId {
        self.id.into()
    }

    /// The handler that wrote the journal, such as `Shop/checkout`.
    pub fn handler(&self) -> String {
        format!("{}/{}", self.target.service, self.target.handler)
    }

    /// The types of the entries, such as `SleepCommand`, in order.
    pub fn entries(&self) -> Vec<&str> {
        self.entries.iter().filter_map(|entry| entry.decoded["type"].as_str()).collect()
    }

    /// Why the recording ends before the journal does, if that is so.
    pub fn cut(&self) -> Option<&str> {
        self.cut.as_deref()
    }

    /// The entries as objects with an `index`, a `type`, and the fields of that type.
    ///
    /// Requests and responses are decoded through their contracts. State, promises and results of
    /// `run` are JSON, text or base64, whichever fits.
    pub fn to_json(&self) -> Vec<Value> {
        self.entries.iter().map(|entry| entry.decoded.clone()).collect()
    }

    /// A short text that is the same for journals of a handler with the same operations in the same order,
    /// whatever their values.
    pub fn shape(&self) -> String {
        // FNV-1a: the hashes of the standard library may change, and this is in names of files.
        let mut hash = Fnv(0xcbf2_9ce4_8422_2325);
        for entry in &self.entries {
            hash.write(operation(&entry.decoded).as_bytes());
            hash.write(b"\n");
        }
        format!("{:016x}", hash.finish())
    }

    pub(crate) fn frames(&self) -> Vec<Frame> {
        frames(self.entries.iter().map(|entry| entry.frame.clone()).collect())
    }
}

struct Fnv(u64);

impl std::hash::Hasher for Fnv {
    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.0 = (self.0 ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3);
        }
    }

    fn finish(&self) -> u64 {
        self.0
    }
}

/// What an entry does, without its values and keys.
fn operation(decoded: &Value) -> String {
    let text = |name: &str| decoded[name].as_str().unwrap_or_default();
    // Of `Stock/book/take`, the key is a value.
    let handler = |target: &str| {
        let (service, rest) = target.split_once('/').unwrap_or((target, ""));
        format!("{service}/{}", rest.rsplit('/').next().unwrap_or_default())
    };
    let name = match (text("type"), text("name")) {
        (ty, name) if ty.starts_with("Call") => handler(name),
        (_, name) => name.to_owned(),
    };
    let failed = if decoded["failure"].is_null() { "" } else { "failed" };
    let target = handler(text("target"));
    let others = ["key", "promise", "signal"].map(text).join(" ");
    format!("{} {name} {target} {others} {failed}", text("type"))
}

/// The frames in parts of a journal.
pub(crate) fn frames(parts: Vec<Bytes>) -> Vec<Frame> {
    let mut decoder = Decoder::default();
    parts.into_iter().for_each(|part| decoder.push(part));
    std::iter::from_fn(|| decoder.next_frame().ok().flatten()).collect()
}

/// Services that are known without an engine.
pub(crate) struct GivenServices {
    services: BTreeMap<&'static str, &'static ServiceDescriptor>,
    sensitive_headers: SensitiveHeaders,
}

impl GivenServices {
    pub(crate) fn of(services: &[&dyn Service]) -> Self {
        let named = |service: &&dyn Service| (service.descriptor().name(), service.descriptor());
        let services = services.iter().map(named).collect();
        Self { services, sensitive_headers: SensitiveHeaders::default() }
    }
}

impl Contracts for GivenServices {
    fn handler(&self, target: &Target) -> Option<&'static HandlerDescriptor> {
        self.services.get(&*target.service)?.handler(&target.handler)
    }

    fn hides_values(&self, service: &str) -> bool {
        self.services.get(service).is_some_and(|service| service.has_redacted_fields())
    }

    fn hides_header(&self, name: &str) -> bool {
        self.sensitive_headers.contains(name)
    }
}

impl fmt::Display for Recording {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.target)?;
        self.entries.iter().try_for_each(|entry| write!(f, "\n  {}", line(&entry.decoded)))?;
        match &self.cut {
            Some(reason) => write!(f, "\n  ends here: {reason}"),
            None => Ok(()),
        }
    }
}

/// An entry in one line, such as `3 RunCommand {"name":"charge"}`.
pub(crate) fn line(decoded: &Value) -> String {
    let mut rest: Map<_, _> = decoded.as_object().cloned().unwrap_or_default();
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

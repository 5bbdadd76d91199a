use std::{
    collections::{BTreeMap, BTreeSet, VecDeque},
    error::Error,
    fmt,
    task::{Context, Poll},
};

use bytes::{Bytes, BytesMut};
use restate_core::{
    Service,
    attempt::{AttemptOptions, JOURNAL_MISMATCH, Outcome, Transport, drive},
    contract::{HandlerDescriptor, ServiceDescriptor},
    wire::{
        framing::{self, Decoder, Frame},
        protocol::{
            ClearStateCommand, EagerStateResult, GetEagerStateCommand, GetEagerStateKeysCommand,
            MessageType, OneWayCallCommand, SetStateCommand, SleepCommand, Start, StateEntry,
        },
    },
};

use super::{Recording, recording::line};
use crate::{
    journal::{Contracts, JournalDecoder},
    model::{randomness::mix, sensitive_headers::SensitiveHeaders, target::Target},
};

/// A service that is known alone.
struct OneService(&'static ServiceDescriptor);

impl Contracts for OneService {
    fn handler(&self, target: &Target) -> Option<&'static HandlerDescriptor> {
        (target.service == self.0.name()).then(|| self.0.handler(&target.handler))?
    }

    fn hides_values(&self, service: &str) -> bool {
        service == self.0.name() && self.0.has_redacted_fields()
    }

    fn hides_header(&self, name: &str) -> bool {
        SensitiveHeaders::default().contains(name)
    }
}

impl Recording {
    /// Replays the journal against the present handler, cut off after each of its entries.
    ///
    /// This is what would happen if the process had crashed, or the handler had been suspended, at
    /// each of these points. `run` closures whose results are cut off run again.
    ///
    /// # Errors
    ///
    /// The first entry at which the handler departs from the journal.
    pub async fn replay(&self, service: &dyn Service) -> Result<(), Box<Divergence>> {
        let descriptor = service.descriptor();
        self.replay_with(service, &OneService(descriptor)).await
    }

    pub(super) async fn replay_with(
        &self,
        service: &dyn Service,
        contracts: &dyn Contracts,
    ) -> Result<(), Box<Divergence>> {
        let recorded = self.frames();
        let over = recorded.last().is_some_and(|last| last.ty() == MessageType::OutputCommand);
        let known = if over { recorded.len() - 1 } else { recorded.len() };
        for known in 1..=known {
            self.replay_first(&recorded, known, service, contracts).await?;
        }
        Ok(())
    }

    async fn replay_first(
        &self,
        recorded: &[Frame],
        known: usize,
        service: &dyn Service,
        contracts: &dyn Contracts,
    ) -> Result<(), Box<Divergence>> {
        let mut options = AttemptOptions::default();
        // What was recorded may be longer than the default allows.
        options.message_limit = usize::MAX;
        options.report_awaits = false;
        let mut script = Script::new(&self.start(recorded, known), &recorded[..known]);
        let outcome = drive(service, &self.target.handler, options, &mut script).await;
        let divergence = |entry: usize, produced| {
            let recorded = self.entries.get(entry).map(|entry| line(&entry.decoded));
            let target = self.target.to_string();
            Err(Box::new(Divergence { target, known, entry, recorded, produced }))
        };
        // Any other failure does not show a divergence: the engine would retry the attempt.
        if let Outcome::Failed { code: JOURNAL_MISMATCH, message, .. } = outcome {
            return divergence(known - 1, message);
        }
        let mut decoder = JournalDecoder::new(contracts, &self.target);
        let known_entries = recorded[..known].iter();
        known_entries.for_each(|frame| drop(decoder.entry(frame)));
        let rest = recorded.iter().enumerate().skip(known);
        let mut rest = rest.filter(|(_, frame)| frame.ty().is_command());
        for produced in script.commands() {
            let decoded = decoder.entry(&produced).map(|decoded| line(&decoded));
            let Some((entry, expected)) = rest.next() else { break };
            if !same(expected, &produced) {
                let produced = decoded.unwrap_or_else(|error| error.to_string());
                return divergence(entry, produced);
            }
        }
        Ok(())
    }

    fn start(&self, recorded: &[Frame], known: usize) -> Start {
        let StateAtStart { values, is_partial } = state_at_start(recorded);
        Start {
            id: self.id.start_bytes().into(),
            debug_id: self.id.start_text(),
            known_entries: u32::try_from(known).unwrap_or(u32::MAX),
            state_map: values.into_iter().map(|(key, value)| StateEntry { key, value }).collect(),
            partial_state: is_partial,
            key: self.target.key.to_string(),
            random_seed: mix(self.id.nonce()),
            idempotency_key: self.idempotency_key.as_deref().map(str::to_owned),
            scope: self.target.scope.as_deref().map(str::to_owned),
            limit_key: self.limit_key.as_deref().map(str::to_owned),
            ..Start::default()
        }
    }
}

/// Compares commands, without the absolute times in them, which depend on the clock.
fn same(recorded: &Frame, produced: &Frame) -> bool {
    if recorded.ty() != produced.ty() {
        return false;
    }
    match recorded.ty() {
        MessageType::SleepCommand => {
            let name = |frame: &Frame| frame.decode().map(|SleepCommand { name, .. }| name).ok();
            name(recorded) == name(produced)
        }
        MessageType::OneWayCallCommand => {
            let timeless = |frame: &Frame| {
                let mut call: OneWayCallCommand = frame.decode().ok()?;
                call.invoke_time = call.invoke_time.min(1);
                Some(call)
            };
            timeless(recorded) == timeless(produced)
        }
        _ => recorded.body() == produced.body(),
    }
}

/// The state that the handler started with.
struct StateAtStart {
    values: BTreeMap<Bytes, Bytes>,
    /// Whether the handler read other values lazily.
    is_partial: bool,
}

/// The state at the start, as far as the journal shows it: the values that the handler read before it
/// wrote them.
fn state_at_start(recorded: &[Frame]) -> StateAtStart {
    let (mut values, mut written, mut all_written) = (BTreeMap::new(), BTreeSet::new(), false);
    let mut is_partial = false;
    for frame in recorded {
        match frame.ty() {
            MessageType::GetEagerStateCommand => {
                if let Ok(GetEagerStateCommand { key, result, .. }) = frame.decode()
                    && let Some(EagerStateResult::Value(value)) = result
                    && !all_written
                    && !written.contains(&key)
                {
                    values.insert(key, value.content);
                }
            }
            MessageType::GetEagerStateKeysCommand => {
                let keys = frame.decode().map(|GetEagerStateKeysCommand { value, .. }| value);
                for key in keys.ok().flatten().unwrap_or_default().keys {
                    if !all_written && !written.contains(&key) {
                        values.entry(key).or_default();
                    }
                }
            }
            MessageType::SetStateCommand => {
                if let Ok(SetStateCommand { key, .. }) = frame.decode() {
                    written.insert(key);
                }
            }
            MessageType::ClearStateCommand => {
                if let Ok(ClearStateCommand { key, .. }) = frame.decode() {
                    written.insert(key);
                }
            }
            MessageType::ClearAllStateCommand => all_written = true,
            MessageType::GetLazyStateCommand | MessageType::GetLazyStateKeysCommand => {
                is_partial = true;
            }
            _ => {}
        }
    }
    StateAtStart { values, is_partial }
}

/// The engine's side of a replay: sends a journal, then nothing.
struct Script {
    input: VecDeque<Bytes>,
    sent: Decoder,
}

impl Script {
    fn new(start: &Start, entries: &[Frame]) -> Self {
        let mut first = BytesMut::new();
        framing::encode(start, &mut first);
        let journal = entries.iter().map(|entry| entry.raw().clone());
        Self {
            input: [first.freeze()].into_iter().chain(journal).collect(),
            sent: Decoder::default(),
        }
    }

    fn commands(mut self) -> Vec<Frame> {
        let sent = std::iter::from_fn(|| self.sent.next_frame().ok().flatten());
        sent.filter(|frame| frame.ty().is_command()).collect()
    }
}

impl Transport for Script {
    fn poll_receive(&mut self, _: &mut Context<'_>) -> Poll<Option<Bytes>> {
        Poll::Ready(self.input.pop_front())
    }

    fn send(&mut self, chunk: Bytes) {
        self.sent.push(chunk);
    }
}

/// A handler departs from its journal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Divergence {
    target: String,
    known: usize,
    entry: usize,
    recorded: Option<String>,
    produced: String,
}

impl Divergence {
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
}

impl fmt::Display for Divergence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { target, entry, known, produced, .. } = self;
        let recorded = self.recorded.as_deref().unwrap_or("    nothing");
        write!(
            f,
            "{target} departs from its journal at entry {entry}, after {known} were replayed\n  \
             recorded: {recorded}\n  produced: {produced}\n\
             unfinished invocations would fail there: keep the old handler for them, and give the \
             new one another name"
        )
    }
}

impl Error for Divergence {}

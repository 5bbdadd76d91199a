use std::{
    collections::{BTreeMap, BTreeSet, VecDeque},
    task::{Context, Poll},
};

use bytes::{Bytes, BytesMut};
use restate_core::{
    Service,
    attempt::{AttemptOptions, JOURNAL_MISMATCH, Outcome, Transport, drive},
    contract::REDACTED,
    wire::{
        framing::{self, Decoder, Frame},
        protocol::{
            CallCommand, ClearStateCommand, EagerStateResult, GetEagerStateCommand,
            GetEagerStateKeysCommand, Header, MessageType, OneWayCallCommand, SetStateCommand,
            SleepCommand, Start, StateEntry,
        },
    },
};
use serde_json::Value;

use super::Divergence;
use crate::{
    journal::{Contracts, JournalDecoder},
    model::target::Target,
    recording::{GivenServices, Recording, Redacted, Redactor},
};

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
        self.replay_with(service, &GivenServices::of(&[service])).await
    }

    pub(super) async fn replay_with(
        &self,
        service: &dyn Service,
        contracts: &dyn Contracts,
    ) -> Result<(), Box<Divergence>> {
        let mut recorded = self.frames();
        let over = recorded.last().is_some_and(|last| last.ty() == MessageType::OutputCommand);
        let known = if over { recorded.len() - 1 } else { recorded.len() };
        for known in 1..=known {
            for (entry, produced) in self.replay_first(&recorded, known, service, contracts).await?
            {
                recorded[entry] = produced;
            }
        }
        Ok(())
    }

    /// Returns what the handler has sent in place of redacted entries. The state machine of the next
    /// attempt compares the handler with that, as it would with the entries themselves.
    async fn replay_first(
        &self,
        recorded: &[Frame],
        known: usize,
        service: &dyn Service,
        contracts: &dyn Contracts,
    ) -> Result<Vec<(usize, Frame)>, Box<Divergence>> {
        let mut options = AttemptOptions::default();
        // What was recorded may be longer than the default allows.
        options.message_limit = usize::MAX;
        options.report_awaits = false;
        let mut script = Script::new(&self.start(recorded, known), &recorded[..known]);
        let outcome = drive(service, &self.target.handler, options, &mut script).await;
        let departed = |entry, produced: Result<&[Value], String>| {
            Err(Box::new(Divergence::new(self, known, entry, produced)))
        };
        // Any other failure does not show a divergence: the engine would retry the attempt.
        if let Outcome::Failed { code: JOURNAL_MISMATCH, message, .. } = outcome {
            return departed(known - 1, Err(message));
        }
        let sent = script.commands();
        let (produced, shown) = self.produced(&sent, &recorded[..known], contracts);
        let rest = recorded.iter().enumerate().skip(known);
        let rest = rest.filter(|(_, frame)| frame.ty().is_command());
        let mut in_place = Vec::new();
        for (place, ((entry, expected), produced)) in rest.zip(&produced).enumerate() {
            let is_redacted = self.entries[entry].is_redacted;
            let as_recorded = match is_redacted {
                true => same_but_redacted(expected, produced, contracts),
                false => same(expected, produced),
            };
            if !as_recorded {
                return departed(entry, Ok(&shown[place..]));
            }
            if is_redacted {
                in_place.push((entry, sent[place].clone()));
            }
        }
        Ok(in_place)
    }

    /// What the handler has sent, redacted as the recording is; also as people read it.
    fn produced(
        &self,
        sent: &[Frame],
        known: &[Frame],
        contracts: &dyn Contracts,
    ) -> (Vec<Frame>, Vec<Value>) {
        let mut redactor = Redactor::new(contracts, &self.target, self.reveal);
        let redacted = sent.iter().map(|frame| match redactor.redact(frame) {
            Redacted::Changed(redacted) => redacted,
            Redacted::Unchanged | Redacted::Unknown => frame.clone(),
        });
        let redacted: Vec<Frame> = redacted.collect();
        let mut decoder = JournalDecoder::new(contracts, &self.target);
        known.iter().for_each(|frame| drop(decoder.entry(frame)));
        let shown = redacted.iter().map(|frame| decoder.entry(frame).unwrap_or_default()).collect();
        (redacted, shown)
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
            random_seed: self.random_seed,
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

/// Compares a command that is redacted in the recording.
///
/// Values are not compared of calls whose contract is not known here, nor are headers that are redacted.
fn same_but_redacted(recorded: &Frame, produced: &Frame, contracts: &dyn Contracts) -> bool {
    let is_known = |service: &str, handler: &str| {
        contracts.handler(&Target::new(service.to_owned(), handler.to_owned(), "")).is_some()
    };
    let as_recorded = |recorded: &[Header], produced: &mut [Header]| {
        for (recorded, produced) in recorded.iter().zip(produced) {
            if recorded.value == REDACTED && recorded.key == produced.key {
                produced.value = REDACTED.to_owned();
            }
        }
    };
    if recorded.ty() != produced.ty() {
        return false;
    }
    match recorded.ty() {
        MessageType::CallCommand => {
            let (Ok(recorded), Ok(mut produced)) =
                (recorded.decode::<CallCommand>(), produced.decode::<CallCommand>())
            else {
                return false;
            };
            as_recorded(&recorded.headers, &mut produced.headers);
            if !is_known(&recorded.service_name, &recorded.handler_name) {
                produced.parameter = recorded.parameter.clone();
            }
            recorded == produced
        }
        MessageType::OneWayCallCommand => {
            let (Ok(recorded), Ok(mut produced)) =
                (recorded.decode::<OneWayCallCommand>(), produced.decode::<OneWayCallCommand>())
            else {
                return false;
            };
            as_recorded(&recorded.headers, &mut produced.headers);
            if !is_known(&recorded.service_name, &recorded.handler_name) {
                produced.parameter = recorded.parameter.clone();
            }
            same(&Frame::new(&recorded), &Frame::new(&produced))
        }
        _ => same(recorded, produced),
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

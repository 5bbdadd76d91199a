//! Takes out of journals what people must not see, so that they can still be replayed.

use std::collections::HashMap;

use bytes::Bytes;
use restate_core::{
    contract::REDACTED,
    wire::{
        framing::{Frame, FrameError},
        protocol::{
            CallCommand, CompleteAwakeableCommand, CompletePromiseCommand, Completion,
            EagerStateResult, Failure, GetEagerStateCommand, Header, InputCommand, MessageType,
            NotificationId, NotificationResult, OneWayCallCommand, OutputCommand, OutputResult,
            ProtocolMessage, SendSignalCommand, SetStateCommand, SignalResult,
        },
    },
};

use crate::{journal::Contracts, model::target::Target};

/// In place of a value that no code reads again: a text in JSON.
const MASK: Bytes = Bytes::from_static(b"\"[redacted]\"");

/// Which values that people must not see are in a recording; more than the one before.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Reveal {
    /// None.
    Nothing,
    /// Those that the handler has read and whose type no contract tells. The replay needs them.
    Untyped,
    /// All.
    All,
}

impl Reveal {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Nothing => "nothing",
            Self::Untyped => "untyped",
            Self::All => "all",
        }
    }

    pub(crate) fn named(name: &str) -> Option<Self> {
        [Self::Nothing, Self::Untyped, Self::All].into_iter().find(|it| it.name() == name)
    }
}

/// Redacts a journal, entry by entry.
pub(crate) struct Redactor<'a> {
    contracts: &'a dyn Contracts,
    target: &'a Target,
    reveal: Reveal,
    /// The handlers whose responses completions have.
    callees: HashMap<u32, Target>,
}

/// What has become of an entry.
pub(crate) enum Redacted {
    /// It has nothing that people must not see.
    Unchanged,
    /// It has other values.
    Changed(Frame),
    /// The handler reads a value of it which nobody can redact.
    Unknown,
}

impl<'a> Redactor<'a> {
    pub(crate) fn new(contracts: &'a dyn Contracts, target: &'a Target, reveal: Reveal) -> Self {
        Self { contracts, target, reveal, callees: HashMap::new() }
    }

    pub(crate) fn redact(&mut self, frame: &Frame) -> Redacted {
        if self.reveal == Reveal::All {
            return Redacted::Unchanged;
        }
        // What cannot be decoded cannot be replayed either.
        self.try_redact(frame).unwrap_or(Redacted::Unknown)
    }

    fn try_redact(&mut self, frame: &Frame) -> Result<Redacted, FrameError> {
        match frame.ty() {
            MessageType::InputCommand => {
                let mut input: InputCommand = frame.decode()?;
                let Some(known) = self.request(self.target, content(&input.value)) else {
                    return Ok(Redacted::Unknown);
                };
                input.value = input.value.map(|_| known.into());
                self.hide_headers(&mut input.headers);
                Ok(changed(frame, &input))
            }
            MessageType::OutputCommand => {
                let mut output: OutputCommand = frame.decode()?;
                match &mut output.result {
                    Some(OutputResult::Value(value)) => {
                        let response = self.response(self.target, value.content.clone());
                        value.content = response.unwrap_or(MASK);
                    }
                    Some(OutputResult::Failure(failure)) => self.hide_details(failure),
                    None => {}
                }
                Ok(changed(frame, &output))
            }
            MessageType::CallCommand => {
                let mut call: CallCommand = frame.decode()?;
                let callee = callee(&call.service_name, &call.handler_name, &call.key);
                call.parameter = self.request(&callee, call.parameter).unwrap_or(MASK);
                self.hide_headers(&mut call.headers);
                self.callees.insert(call.result_completion_id, callee);
                Ok(changed(frame, &call))
            }
            MessageType::OneWayCallCommand => {
                let mut call: OneWayCallCommand = frame.decode()?;
                let callee = callee(&call.service_name, &call.handler_name, &call.key);
                call.parameter = self.request(&callee, call.parameter).unwrap_or(MASK);
                self.hide_headers(&mut call.headers);
                Ok(changed(frame, &call))
            }
            ty if ty.is_notification() => self.notification(frame),
            _ => self.untyped(frame),
        }
    }

    /// Commands with values whose types only the code of the handler knows.
    fn untyped(&self, frame: &Frame) -> Result<Redacted, FrameError> {
        if !self.has_secrets() {
            return Ok(Redacted::Unchanged);
        }
        Ok(match frame.ty() {
            MessageType::GetEagerStateCommand => match frame.decode()? {
                GetEagerStateCommand { result: Some(EagerStateResult::Value(_)), .. }
                    if self.reveal == Reveal::Nothing =>
                {
                    Redacted::Unknown
                }
                _ => Redacted::Unchanged,
            },
            MessageType::SetStateCommand => {
                let set: SetStateCommand = frame.decode()?;
                changed(frame, &SetStateCommand { value: Some(MASK.into()), ..set })
            }
            MessageType::CompletePromiseCommand => {
                let mut complete: CompletePromiseCommand = frame.decode()?;
                self.hide_completion(&mut complete.completion);
                changed(frame, &complete)
            }
            MessageType::CompleteAwakeableCommand => {
                let mut complete: CompleteAwakeableCommand = frame.decode()?;
                self.hide_completion(&mut complete.result);
                changed(frame, &complete)
            }
            MessageType::SendSignalCommand => {
                let mut send: SendSignalCommand = frame.decode()?;
                match &mut send.result {
                    Some(SignalResult::Value(value)) => value.content = MASK,
                    Some(SignalResult::Failure(failure)) => self.hide_details(failure),
                    Some(SignalResult::Void(_)) | None => {}
                }
                changed(frame, &send)
            }
            _ => Redacted::Unchanged,
        })
    }

    fn notification(&self, frame: &Frame) -> Result<Redacted, FrameError> {
        let mut notification = frame.decode_notification()?;
        let callee = match &notification.id {
            Some(NotificationId::CompletionId(completion)) => self.callees.get(completion),
            _ => None,
        };
        match &mut notification.result {
            Some(NotificationResult::Value(value)) => {
                let known = match callee {
                    Some(callee) => self.response(callee, value.content.clone()),
                    None if self.reveal == Reveal::Nothing && self.has_secrets() => None,
                    None => Some(value.content.clone()),
                };
                let Some(known) = known else { return Ok(Redacted::Unknown) };
                value.content = known;
            }
            Some(NotificationResult::Failure(failure)) => self.hide_details(failure),
            _ => {}
        }
        let redacted = Frame::notification(frame.ty(), &notification);
        Ok(match notification == frame.decode_notification()? {
            true => Redacted::Unchanged,
            false => Redacted::Changed(redacted),
        })
    }

    fn request(&self, target: &Target, request: Bytes) -> Option<Bytes> {
        match self.contracts.handler(target) {
            Some(handler) => handler.redacted_request(request).ok(),
            None => Some(request).filter(|_| !self.contracts.hides_values(&target.service)),
        }
    }

    fn response(&self, target: &Target, response: Bytes) -> Option<Bytes> {
        match self.contracts.handler(target) {
            Some(handler) => handler.redacted_response(response).ok(),
            None => Some(response).filter(|_| !self.contracts.hides_values(&target.service)),
        }
    }

    /// Whether any value could be a message that people must not see.
    fn has_secrets(&self) -> bool {
        self.contracts.hides_values(&self.target.service)
    }

    fn hide_completion(&self, completion: &mut Option<Completion>) {
        match completion {
            Some(Completion::Value(value)) => value.content = MASK,
            Some(Completion::Failure(failure)) => self.hide_details(failure),
            None => {}
        }
    }

    /// Details are messages of any type.
    fn hide_details(&self, failure: &mut Failure) {
        if self.has_secrets() {
            failure.metadata.iter_mut().for_each(|entry| entry.value = REDACTED.to_owned());
        }
    }

    fn hide_headers(&self, headers: &mut [Header]) {
        let hidden = headers.iter_mut().filter(|header| self.contracts.hides_header(&header.key));
        hidden.for_each(|header| header.value = REDACTED.to_owned());
    }
}

fn content(value: &Option<restate_core::wire::protocol::Value>) -> Bytes {
    value.as_ref().map(|value| value.content.clone()).unwrap_or_default()
}

fn callee(service: &str, handler: &str, key: &str) -> Target {
    Target::new(service.to_owned(), handler.to_owned(), key.to_owned())
}

/// The frame of `message`, which may be that of `frame`.
fn changed<M: ProtocolMessage + PartialEq>(frame: &Frame, message: &M) -> Redacted {
    match frame.decode::<M>().is_ok_and(|before| before == *message) {
        true => Redacted::Unchanged,
        false => Redacted::Changed(Frame::new(message)),
    }
}

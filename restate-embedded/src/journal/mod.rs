//! Journals as JSON for people, with requests and responses decoded through their contracts.

mod wire;

use std::collections::HashMap;

use base64::{Engine as _, engine::general_purpose::STANDARD};
use bytes::Bytes;
use restate_core::{
    contract::{HandlerDescriptor, REDACTED},
    wire::{
        framing::{Frame, FrameError},
        protocol::{
            AttachInvocationCommand, CallCommand, ClearStateCommand, CompleteAwakeableCommand,
            CompletePromiseCommand, Completion, EagerStateResult, Failure, GetEagerStateCommand,
            GetEagerStateKeysCommand, GetInvocationOutputCommand, GetLazyStateCommand,
            GetLazyStateKeysCommand, GetPromiseCommand, Header, InputCommand, InvocationTarget,
            MessageType, Notification, NotificationId, NotificationResult, OneWayCallCommand,
            OutputCommand, OutputResult, PeekPromiseCommand, RunCommand, SendSignalCommand,
            SetStateCommand, SignalId, SignalResult, SleepCommand, StateKeys,
        },
    },
};
use serde_json::{Map, Value, json};

use crate::model::{catalog::Catalog, sealed::description, target::Target, timestamp::rfc_3339};

/// What a decoder knows of the services.
pub(crate) trait Contracts: Sync {
    /// The contract of a handler, if it is known.
    fn handler(&self, target: &Target) -> Option<&'static HandlerDescriptor>;

    /// Whether people must not see values of this service whose types are unknown.
    fn hides_values(&self, service: &str) -> bool;

    /// Whether people must not see the value of this header.
    fn hides_header(&self, name: &str) -> bool;
}

impl Contracts for Catalog {
    fn handler(&self, target: &Target) -> Option<&'static HandlerDescriptor> {
        Self::handler(self, target).filter(|handler| {
            let is_known = handler.description().is_none() || handler.remote().is_some();
            is_known || !self.has_lost_contract(&target.service)
        })
    }

    fn hides_values(&self, service: &str) -> bool {
        Self::hides_values(self, service)
    }

    fn hides_header(&self, name: &str) -> bool {
        Self::hides_header(self, name)
    }
}

/// Decodes a journal, entry by entry.
pub(crate) struct JournalDecoder<'a> {
    contracts: &'a dyn Contracts,
    target: &'a Target,
    entries: usize,
    /// The commands that each completion id belongs to.
    pending: HashMap<u32, PendingCompletion>,
}

/// The command that a completion belongs to.
struct PendingCompletion {
    entry: usize,
    name: String,
    /// The handler whose response the completion has.
    response_of: Option<Target>,
}

impl<'a> JournalDecoder<'a> {
    /// For the journal of an invocation of `target`.
    pub(crate) fn new(contracts: &'a dyn Contracts, target: &'a Target) -> Self {
        Self { contracts, target, entries: 0, pending: HashMap::new() }
    }

    /// The next entry as an object with its `index`, its `type`, and its fields.
    pub(crate) fn entry(&mut self, frame: &Frame) -> Result<Value, FrameError> {
        let mut entry = Map::new();
        entry.insert("index".into(), self.entries.into());
        entry.insert("type".into(), frame.ty().to_string().into());
        let said = match frame.ty() {
            ty if ty.is_notification() => self.notification(frame.decode_notification()?),
            _ => self.command(frame)?,
        };
        // Most entries have no name.
        let said = said.as_object().cloned().unwrap_or_default().into_iter();
        entry.extend(said.filter(|(key, value)| key != "name" || value != ""));
        self.entries += 1;
        Ok(entry.into())
    }

    /// The result of the invocation.
    pub(crate) fn result(&self, result: OutputResult) -> Value {
        match result {
            OutputResult::Value(value) => {
                json!({ "value": self.response(self.target, &value.content) })
            }
            OutputResult::Failure(failure) => self.failed(&failure),
        }
    }

    fn command(&mut self, frame: &Frame) -> Result<Value, FrameError> {
        Ok(match frame.ty() {
            MessageType::InputCommand => {
                let InputCommand { headers, value, .. } = frame.decode()?;
                let value = self.request(self.target, &value.unwrap_or_default().content);
                if headers.is_empty() {
                    return Ok(json!({ "value": value }));
                }
                let shown = |Header { key, value }| match self.contracts.hides_header(&key) {
                    true => (key, REDACTED.into()),
                    false => (key, value.into()),
                };
                let headers: Map<_, _> = headers.into_iter().map(shown).collect();
                json!({ "value": value, "headers": headers })
            }
            MessageType::OutputCommand => {
                let OutputCommand { result, .. } = frame.decode()?;
                result.map_or(Value::Null, |result| self.result(result))
            }
            MessageType::CallCommand => self.call(frame.decode()?),
            MessageType::OneWayCallCommand => self.one_way(frame.decode()?),
            MessageType::SleepCommand => {
                let SleepCommand { wake_up_time, result_completion_id, name } = frame.decode()?;
                self.expect_completion(result_completion_id, &name, None);
                json!({ "name": name, "until": rfc_3339(wake_up_time) })
            }
            MessageType::RunCommand => {
                let RunCommand { result_completion_id, name } = frame.decode()?;
                self.expect_completion(result_completion_id, &name, None);
                json!({ "name": name })
            }
            MessageType::SetStateCommand => {
                let SetStateCommand { key, value, .. } = frame.decode()?;
                json!({ "key": text(&key), "value": self.untyped(&value.unwrap_or_default().content) })
            }
            MessageType::ClearStateCommand => {
                let ClearStateCommand { key, .. } = frame.decode()?;
                json!({ "key": text(&key) })
            }
            MessageType::GetEagerStateCommand => {
                let GetEagerStateCommand { key, result, .. } = frame.decode()?;
                let value = match result {
                    Some(EagerStateResult::Value(value)) => self.untyped(&value.content),
                    Some(EagerStateResult::Void(_)) | None => Value::Null,
                };
                json!({ "key": text(&key), "value": value })
            }
            MessageType::GetEagerStateKeysCommand => {
                let GetEagerStateKeysCommand { value, .. } = frame.decode()?;
                json!({ "keys": keys(&value.unwrap_or_default()) })
            }
            MessageType::GetLazyStateCommand => {
                let GetLazyStateCommand { key, result_completion_id, .. } = frame.decode()?;
                self.expect_completion(result_completion_id, &text(&key), None);
                json!({ "key": text(&key) })
            }
            MessageType::GetLazyStateKeysCommand => {
                let GetLazyStateKeysCommand { result_completion_id, .. } = frame.decode()?;
                self.expect_completion(result_completion_id, "", None);
                json!({})
            }
            MessageType::GetPromiseCommand => {
                let GetPromiseCommand { key, result_completion_id, .. } = frame.decode()?;
                self.expect_completion(result_completion_id, &key, None);
                json!({ "promise": key })
            }
            MessageType::PeekPromiseCommand => {
                let PeekPromiseCommand { key, result_completion_id, .. } = frame.decode()?;
                self.expect_completion(result_completion_id, &key, None);
                json!({ "promise": key })
            }
            MessageType::CompletePromiseCommand => {
                let CompletePromiseCommand { key, completion, result_completion_id, .. } =
                    frame.decode()?;
                self.expect_completion(result_completion_id, &key, None);
                merge(json!({ "promise": key }), self.completed(completion))
            }
            MessageType::SendSignalCommand => {
                let SendSignalCommand { target_invocation_id, signal_id, result, .. } =
                    frame.decode()?;
                let signal: Value = match signal_id {
                    // Signal 1 of Restate's protocol.
                    Some(SignalId::Idx(1)) => "cancel".into(),
                    Some(SignalId::Idx(number)) => number.into(),
                    Some(SignalId::Name(name)) => name.into(),
                    None => Value::Null,
                };
                let said = match result {
                    Some(SignalResult::Value(value)) => self.value_of(&value.content),
                    Some(SignalResult::Failure(failure)) => self.failed(&failure),
                    Some(SignalResult::Void(_)) | None => json!({}),
                };
                merge(json!({ "invocation": target_invocation_id, "signal": signal }), said)
            }
            MessageType::CompleteAwakeableCommand => {
                let CompleteAwakeableCommand { awakeable_id, result, .. } = frame.decode()?;
                merge(json!({ "awakeable": awakeable_id }), self.completed(result))
            }
            MessageType::AttachInvocationCommand => {
                let AttachInvocationCommand { target, result_completion_id, .. } =
                    frame.decode()?;
                self.attach(target, result_completion_id)
            }
            MessageType::GetInvocationOutputCommand => {
                let GetInvocationOutputCommand { target, result_completion_id, .. } =
                    frame.decode()?;
                self.attach(target, result_completion_id)
            }
            _ => json!({}),
        })
    }

    fn call(&mut self, command: CallCommand) -> Value {
        let CallCommand { service_name, handler_name, key, parameter, name, .. } = command;
        let target = Target::new(service_name, handler_name, key);
        let id = format!("id of {target}");
        self.expect_completion(command.invocation_id_notification_idx, &id, None);
        self.expect_completion(
            command.result_completion_id,
            &target.to_string(),
            Some(target.clone()),
        );
        let value = self.request(&target, &parameter);
        json!({ "name": name, "target": target.to_string(), "value": value })
    }

    fn one_way(&mut self, command: OneWayCallCommand) -> Value {
        let OneWayCallCommand { service_name, handler_name, key, parameter, name, .. } = command;
        let target = Target::new(service_name, handler_name, key);
        let id = format!("id of {target}");
        self.expect_completion(command.invocation_id_notification_idx, &id, None);
        let value = self.request(&target, &parameter);
        let mut entry = json!({ "name": name, "target": target.to_string(), "value": value });
        if command.invoke_time > 0 {
            entry["due"] = rfc_3339(command.invoke_time).into();
        }
        entry
    }

    fn attach(&mut self, to: Option<InvocationTarget>, completion: u32) -> Value {
        let (entry, response_of) = match to {
            Some(InvocationTarget::InvocationId(id)) => (json!({ "invocation": id }), None),
            Some(InvocationTarget::Workflow(workflow)) => {
                let (name, key) = (workflow.workflow_name, workflow.workflow_key);
                (json!({ "workflow": name, "key": key }), None)
            }
            Some(InvocationTarget::IdempotentRequest(request)) => {
                let key = request.service_key.unwrap_or_default();
                let target = Target::new(request.service_name, request.handler_name, key);
                let idempotency_key = request.idempotency_key;
                let target_shown = target.to_string();
                let entry = json!({ "target": target_shown, "idempotencyKey": idempotency_key });
                (entry, Some(target))
            }
            None => (json!({}), None),
        };
        self.expect_completion(completion, "", response_of);
        entry
    }

    fn expect_completion(&mut self, completion: u32, name: &str, response_of: Option<Target>) {
        let pending = PendingCompletion { entry: self.entries, name: name.to_owned(), response_of };
        self.pending.insert(completion, pending);
    }

    fn notification(&self, Notification { id, result }: Notification) -> Value {
        let pending = match &id {
            Some(NotificationId::CompletionId(completion)) => self.pending.get(completion),
            _ => None,
        };
        let answers = match (&id, pending) {
            (_, Some(pending)) => json!({ "entry": pending.entry }),
            (Some(NotificationId::CompletionId(completion)), None) => {
                json!({ "completion": completion })
            }
            (Some(NotificationId::SignalId(1)), _) => json!({ "signal": "cancel" }),
            (Some(NotificationId::SignalId(signal)), _) => json!({ "signal": signal }),
            (Some(NotificationId::SignalName(name)), _) => json!({ "signal": name }),
            (None, _) => Value::Null,
        };
        let said = match result {
            Some(NotificationResult::Value(value)) => {
                match pending.and_then(|pending| pending.response_of.as_ref()) {
                    Some(target) => json!({ "value": self.response(target, &value.content) }),
                    None => self.value_of(&value.content),
                }
            }
            Some(NotificationResult::Failure(failure)) => self.failed(&failure),
            Some(NotificationResult::InvocationId(id)) => json!({ "invocation": id }),
            Some(NotificationResult::StateKeys(state)) => json!({ "keys": keys(&state) }),
            Some(NotificationResult::Void(_)) | None => json!({}),
        };
        let name = pending.map(|pending| &*pending.name).unwrap_or_default();
        merge(json!({ "answers": answers, "name": name }), said)
    }

    /// A request decoded by the contract of its handler, or as [`readable`] bytes if it has none.
    fn request(&self, target: &Target, bytes: &Bytes) -> Value {
        let handler = self.contracts.handler(target);
        match handler.map(|handler| handler.request_json(bytes.clone())) {
            Some(Ok(json)) => readable(&json),
            Some(Err(_)) if handler.is_some_and(HandlerDescriptor::has_redacted_request) => {
                hidden(bytes)
            }
            Some(Err(_)) => readable(bytes),
            None => self.value_in(&target.service, bytes),
        }
    }

    /// A response decoded by the contract of its handler, or as [`readable`] bytes if it has none.
    fn response(&self, target: &Target, bytes: &Bytes) -> Value {
        let handler = self.contracts.handler(target);
        match handler.map(|handler| handler.response_json(bytes.clone())) {
            Some(Ok(json)) => readable(&json),
            Some(Err(_)) if handler.is_some_and(HandlerDescriptor::has_redacted_response) => {
                hidden(bytes)
            }
            Some(Err(_)) => readable(bytes),
            None => self.value_in(&target.service, bytes),
        }
    }

    /// A value whose type only the code of the handler knows.
    fn untyped(&self, bytes: &[u8]) -> Value {
        self.value_in(&self.target.service, bytes)
    }

    fn value_in(&self, service: &str, bytes: &[u8]) -> Value {
        if self.contracts.hides_values(service) { hidden(bytes) } else { readable(bytes) }
    }

    fn value_of(&self, bytes: &[u8]) -> Value {
        json!({ "value": self.untyped(bytes) })
    }

    fn completed(&self, completion: Option<Completion>) -> Value {
        match completion {
            Some(Completion::Value(value)) => self.value_of(&value.content),
            Some(Completion::Failure(failure)) => self.failed(&failure),
            None => json!({}),
        }
    }

    fn failed(&self, failure: &Failure) -> Value {
        let mut shown = json!({ "code": failure.code, "message": failure.message });
        if !failure.metadata.is_empty() {
            // Details are JSON of a message; other entries are any text.
            let hides = self.contracts.hides_values(&self.target.service);
            let entries = failure.metadata.iter().map(|entry| {
                let value = match hides {
                    true => REDACTED.into(),
                    false => serde_json::from_str(&entry.value)
                        .unwrap_or_else(|_| entry.value.clone().into()),
                };
                (entry.key.clone(), value)
            });
            shown["metadata"] = entries.collect::<Map<_, _>>().into();
        }
        json!({ "failure": shown })
    }
}

/// In place of a value that people must not see.
pub(crate) fn hidden(bytes: &[u8]) -> Value {
    description(bytes).unwrap_or_else(|| REDACTED.to_owned()).into()
}

/// Bytes as JSON: JSON and text as they are, what looks like a protobuf message by field numbers,
/// anything else in base64.
///
/// A guess, as only the code of a handler knows the types of its state, promises and `run` results.
pub(crate) fn readable(bytes: &[u8]) -> Value {
    if let Some(description) = description(bytes) {
        return description.into();
    }
    if let Ok(value) = serde_json::from_slice(bytes) {
        return value;
    }
    // The tags of the first fifteen fields are control characters, which text hardly starts with.
    if bytes.first().is_some_and(u8::is_ascii_control)
        && let Some(message) = wire::message(bytes)
    {
        return json!({ "protobuf": message });
    }
    match printable(bytes) {
        Some(text) => text.into(),
        None => json!({ "base64": STANDARD.encode(bytes) }),
    }
}

fn printable(bytes: &[u8]) -> Option<&str> {
    let text = std::str::from_utf8(bytes).ok()?;
    let is_printable = !text.contains(|c: char| c.is_control() && !c.is_whitespace());
    is_printable.then_some(text)
}

fn keys(keys: &StateKeys) -> Vec<String> {
    keys.keys.iter().map(|key| text(key)).collect()
}

fn merge(mut entry: Value, said: Value) -> Value {
    if let (Value::Object(entry), Value::Object(said)) = (&mut entry, said) {
        entry.extend(said);
    }
    entry
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_are_shown_as_json_text_message_or_base64() {
        for (bytes, shown) in [
            (&b"{\"a\":1}"[..], json!({ "a": 1 })),
            (b"a text\nof two lines", json!("a text\nof two lines")),
            (b"", json!("")),
            (b"\x0a\x0da long string", json!({ "protobuf": { "1": "a long string" } })),
            (b"\xff\xfe", json!({ "base64": "//4=" })),
        ] {
            assert_eq!(readable(bytes), shown);
        }
    }
}

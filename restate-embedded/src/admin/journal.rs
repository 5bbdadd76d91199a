use bytes::Bytes;
use prost::Message as _;
use restate_core::{
    TerminalError,
    engine::{
        framing::{Decoder, Frame, FrameError},
        protocol::{
            AttachInvocationCommand, CallCommand, ClearStateCommand, CompleteAwakeableCommand,
            Completion, GetEagerStateCommand, GetLazyStateCommand, GetPromiseCommand, InputCommand,
            InvocationTarget, MessageType, Notification, NotificationId, NotificationResult,
            OneWayCallCommand, OutputResult, PeekPromiseCommand, RunCommand, SendSignalCommand,
            SetStateCommand, SleepCommand,
        },
    },
};
use serde_json::{Value, json};

use super::{
    not_found,
    reply::{Answered, readable, refusal},
    stopped,
};
use crate::{
    catalog::Catalog,
    id::InvocationId,
    ingress::rfc_3339,
    port::Port,
    store::{Phase, StoreError},
    target::Target,
};

/// The journal of an invocation, each entry as JSON.
pub(super) async fn show(port: &Port, id: InvocationId) -> Answered {
    let read = move |_: &_, store: &mut dyn crate::store::Store| {
        Ok((store.invocation(id)?, store.journal(id, u32::MAX)?))
    };
    let found = port.inspect(read).await.map_err(|_| stopped())?;
    let (invocation, parts) =
        found.map_err(|error: StoreError| TerminalError::with_code(500, error.to_string()))?;
    let Some(invocation) = invocation else { return Err(not_found(id)) };
    let (catalog, target) = (&port.catalog, invocation.target);
    let mut decoder = Decoder::new(usize::MAX);
    parts.into_iter().for_each(|part| decoder.push(part));
    let mut entries = Vec::new();
    let broken = |error: FrameError| refusal(500, format!("the journal cannot be read: {error}"));
    while let Some(frame) = decoder.next_frame().map_err(broken)? {
        let mut entry = entry(catalog, &target, &frame).map_err(broken)?;
        entry["index"] = entries.len().into();
        entry["type"] = frame.ty().to_string().into();
        entries.push(entry);
    }
    let result = match invocation.phase {
        Phase::Completed(result) => output(catalog, &target, result),
        _ => Value::Null,
    };
    Ok(json!({ "id": id.to_string(), "entries": entries, "result": result }))
}

fn entry(catalog: &Catalog, target: &Target, frame: &Frame) -> Result<Value, FrameError> {
    Ok(match frame.ty() {
        MessageType::InputCommand => {
            let InputCommand { headers, value, .. } = frame.decode()?;
            let headers: serde_json::Map<_, _> =
                headers.into_iter().map(|header| (header.key, header.value.into())).collect();
            let value = request(catalog, target, value.unwrap_or_default().content);
            json!({ "value": value, "headers": headers })
        }
        MessageType::CallCommand => {
            let CallCommand { service_name, handler_name, key, parameter, name, .. } =
                frame.decode()?;
            called(catalog, &Target::new(service_name, handler_name, key), parameter, &name)
        }
        MessageType::OneWayCallCommand => {
            let command: OneWayCallCommand = frame.decode()?;
            let OneWayCallCommand { service_name, handler_name, key, parameter, name, .. } =
                command;
            let target = Target::new(service_name, handler_name, key);
            let mut entry = called(catalog, &target, parameter, &name);
            if command.invoke_time > 0 {
                entry["due"] = rfc_3339(command.invoke_time).into();
            }
            entry
        }
        MessageType::SleepCommand => {
            let SleepCommand { wake_up_time, name, .. } = frame.decode()?;
            json!({ "until": rfc_3339(wake_up_time), "name": name })
        }
        MessageType::RunCommand => {
            let RunCommand { result_completion_id, name } = frame.decode()?;
            json!({ "name": name, "completes": result_completion_id })
        }
        MessageType::SetStateCommand => {
            let SetStateCommand { key, value, .. } = frame.decode()?;
            let value = readable(&value.unwrap_or_default().content);
            json!({ "key": text(&key), "value": value })
        }
        MessageType::ClearStateCommand => {
            let ClearStateCommand { key, .. } = frame.decode()?;
            json!({ "key": text(&key) })
        }
        MessageType::GetEagerStateCommand => {
            let GetEagerStateCommand { key, .. } = frame.decode()?;
            json!({ "key": text(&key) })
        }
        MessageType::GetLazyStateCommand => {
            let GetLazyStateCommand { key, .. } = frame.decode()?;
            json!({ "key": text(&key) })
        }
        MessageType::GetPromiseCommand => {
            let GetPromiseCommand { key, .. } = frame.decode()?;
            json!({ "promise": key })
        }
        MessageType::PeekPromiseCommand => {
            let PeekPromiseCommand { key, .. } = frame.decode()?;
            json!({ "promise": key })
        }
        MessageType::SendSignalCommand => {
            let SendSignalCommand { target_invocation_id, .. } = frame.decode()?;
            json!({ "invocation": target_invocation_id })
        }
        MessageType::CompleteAwakeableCommand => {
            let CompleteAwakeableCommand { awakeable_id, result, .. } = frame.decode()?;
            let result = match result {
                Some(Completion::Value(value)) => json!({ "value": readable(&value.content) }),
                Some(Completion::Failure(failure)) => {
                    json!({ "failure": { "code": failure.code, "message": failure.message } })
                }
                None => Value::Null,
            };
            json!({ "awakeable": awakeable_id, "result": result })
        }
        MessageType::AttachInvocationCommand => {
            let AttachInvocationCommand { target, .. } = frame.decode()?;
            match target {
                Some(InvocationTarget::InvocationId(id)) => json!({ "invocation": id }),
                Some(InvocationTarget::Workflow(workflow)) => {
                    json!({ "workflow": workflow.workflow_name, "key": workflow.workflow_key })
                }
                Some(InvocationTarget::IdempotentRequest(request)) => json!({
                    "service": request.service_name,
                    "handler": request.handler_name,
                    "idempotencyKey": request.idempotency_key,
                }),
                None => json!({}),
            }
        }
        // They were written by this engine, from messages.
        ty if ty.is_notification() => {
            notification(Notification::decode(frame.body()).unwrap_or_default())
        }
        _ => json!({}),
    })
}

fn called(catalog: &Catalog, target: &Target, parameter: Bytes, name: &str) -> Value {
    let value = request(catalog, target, parameter);
    json!({ "target": target.to_string(), "value": value, "name": name })
}

fn notification(Notification { id, result }: Notification) -> Value {
    let answers = match id {
        Some(NotificationId::CompletionId(completion)) => json!({ "completion": completion }),
        Some(NotificationId::SignalId(signal)) => json!({ "signal": signal }),
        Some(NotificationId::SignalName(name)) => json!({ "signal": name }),
        None => Value::Null,
    };
    let result = match result {
        Some(NotificationResult::Value(value)) => json!({ "value": readable(&value.content) }),
        Some(NotificationResult::Failure(failure)) => {
            json!({ "failure": { "code": failure.code, "message": failure.message } })
        }
        Some(NotificationResult::InvocationId(id)) => json!({ "invocation": id }),
        Some(NotificationResult::StateKeys(keys)) => {
            json!({ "keys": keys.keys.iter().map(|key| text(key)).collect::<Vec<_>>() })
        }
        Some(NotificationResult::Void(_)) | None => Value::Null,
    };
    json!({ "answers": answers, "result": result })
}

/// A request as the contract of its handler reads it; as it is, if that fails.
fn request(catalog: &Catalog, target: &Target, bytes: Bytes) -> Value {
    let handler = catalog.handler(target);
    let json = handler.and_then(|handler| handler.request_json(bytes.clone()).ok());
    readable(&json.unwrap_or(bytes))
}

fn output(catalog: &Catalog, target: &Target, result: OutputResult) -> Value {
    match result {
        OutputResult::Value(value) => {
            let handler = catalog.handler(target);
            let json = handler.and_then(|it| it.response_json(value.content.clone()).ok());
            json!({ "value": readable(&json.unwrap_or(value.content)) })
        }
        OutputResult::Failure(failure) => {
            json!({ "failure": { "code": failure.code, "message": failure.message } })
        }
    }
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

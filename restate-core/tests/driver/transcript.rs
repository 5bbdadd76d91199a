//! Protocol messages as one line each, so that a test reads as a transcript.

use bytes::Bytes;
use restate_core::wire::{framing::Frame, protocol::*};

/// A line with all parts of `frame` that depend on the handler.
pub fn line(frame: &Frame) -> String {
    match frame.ty() {
        MessageType::InputCommand => {
            let input: InputCommand = decode(frame);
            format!("input {}", value(input.value))
        }
        MessageType::OutputCommand => {
            let output: OutputCommand = decode(frame);
            match output.result.unwrap() {
                OutputResult::Value(value) => format!("output {}", text(&value.content)),
                OutputResult::Failure(failure) => format!("output {}", self::failure(&failure)),
            }
        }
        MessageType::CallCommand => {
            let call: CallCommand = decode(frame);
            let target = target(&call.service_name, &call.key, &call.handler_name);
            let mut extras = extras(&call.headers, call.idempotency_key, &call.name);
            extras.extend(call.scope.map(|scope| format!(" scope {scope}")));
            extras.extend(call.limit_key.map(|key| format!(" limit {key}")));
            format!(
                "call #{} #{} {target} {}{extras}",
                call.invocation_id_notification_idx,
                call.result_completion_id,
                text(&call.parameter)
            )
        }
        MessageType::OneWayCallCommand => {
            let send: OneWayCallCommand = decode(frame);
            let target = target(&send.service_name, &send.key, &send.handler_name);
            let extras = extras(&send.headers, send.idempotency_key, &send.name);
            let at = if send.invoke_time == 0 {
                String::new()
            } else {
                format!(" at {}", send.invoke_time)
            };
            format!(
                "send #{} {target} {}{at}{extras}",
                send.invocation_id_notification_idx,
                text(&send.parameter)
            )
        }
        MessageType::SleepCommand => {
            let sleep: SleepCommand = decode(frame);
            format!("sleep #{} until {}", sleep.result_completion_id, sleep.wake_up_time)
        }
        MessageType::RunCommand => {
            let run: RunCommand = decode(frame);
            format!("run #{} {:?}", run.result_completion_id, run.name)
        }
        MessageType::ProposeRunCompletion => {
            let proposal: ProposeRunCompletion = decode(frame);
            let result = match proposal.result.unwrap() {
                ProposedRunResult::Value(value) => text(&value),
                ProposedRunResult::Failure(failure) => self::failure(&failure),
            };
            format!("propose #{} {result}", proposal.result_completion_id)
        }
        MessageType::GetEagerStateCommand => {
            let get: GetEagerStateCommand = decode(frame);
            match get.result.unwrap() {
                EagerStateResult::Void(_) => format!("get {} nothing", text(&get.key)),
                EagerStateResult::Value(value) => {
                    format!("get {} {}", text(&get.key), text(&value.content))
                }
            }
        }
        MessageType::SetStateCommand => {
            let set: SetStateCommand = decode(frame);
            format!("set {} {}", text(&set.key), value(set.value))
        }
        MessageType::ClearStateCommand => {
            let clear: ClearStateCommand = decode(frame);
            format!("clear {}", text(&clear.key))
        }
        MessageType::ClearAllStateCommand => "clear all".to_owned(),
        MessageType::SendSignalCommand => {
            let signal: SendSignalCommand = decode(frame);
            format!("signal {} {:?}", signal.target_invocation_id, signal.signal_id.unwrap())
        }
        MessageType::GetEagerStateKeysCommand => {
            let keys: GetEagerStateKeysCommand = decode(frame);
            let keys = keys.value.unwrap_or_default().keys;
            format!("keys {}", keys.iter().map(text).collect::<Vec<_>>().join(" "))
        }
        MessageType::CompleteAwakeableCommand => {
            let complete: CompleteAwakeableCommand = decode(frame);
            format!("complete {} {}", complete.awakeable_id, completion(complete.result))
        }
        MessageType::AttachInvocationCommand => {
            let attach: AttachInvocationCommand = decode(frame);
            format!("attach #{} {}", attach.result_completion_id, invocation(attach.target))
        }
        MessageType::GetInvocationOutputCommand => {
            let output: GetInvocationOutputCommand = decode(frame);
            format!("output-of #{} {}", output.result_completion_id, invocation(output.target))
        }
        MessageType::GetPromiseCommand => {
            let get: GetPromiseCommand = decode(frame);
            format!("await #{} {}", get.result_completion_id, get.key)
        }
        MessageType::PeekPromiseCommand => {
            let peek: PeekPromiseCommand = decode(frame);
            format!("peek #{} {}", peek.result_completion_id, peek.key)
        }
        MessageType::CompletePromiseCommand => {
            let complete: CompletePromiseCommand = decode(frame);
            let id = complete.result_completion_id;
            format!("resolve #{id} {} {}", complete.key, completion(complete.completion))
        }
        MessageType::Suspension => {
            let suspension: Suspension = decode(frame);
            let mut waiting = leaves(&suspension.awaiting_on.unwrap_or_default());
            waiting.extend(suspension.waiting_completions.iter().map(|id| format!("#{id}")));
            waiting.extend(suspension.waiting_signals.iter().map(|id| format!("signal {id}")));
            format!("suspend on {}", waiting.join(" "))
        }
        MessageType::AwaitingOn => {
            let awaiting: AwaitingOn = decode(frame);
            let waiting = leaves(&awaiting.awaiting_on.unwrap_or_default());
            format!("waits for {}", waiting.join(" "))
        }
        MessageType::Error => {
            let error: ErrorMessage = decode(frame);
            let delay = error.next_retry_delay.map(|delay| format!(" after {delay} ms"));
            let pause = if error.behavior() == ErrorBehavior::Pause { " and pause" } else { "" };
            let delay = delay.unwrap_or_default();
            format!("error {} {:?}{delay}{pause}", error.code, error.message)
        }
        MessageType::End => "end".to_owned(),
        ty if ty.is_notification() => {
            let notification = frame.decode_notification().unwrap();
            format!("{ty} {:?}", notification.id.unwrap())
        }
        ty => panic!("no line for {ty}"),
    }
}

fn decode<M: ProtocolMessage>(frame: &Frame) -> M {
    frame.decode().unwrap()
}

fn target(service: &str, key: &str, handler: &str) -> String {
    if key.is_empty() {
        format!("{service}/{handler}")
    } else {
        format!("{service}/{key}/{handler}")
    }
}

fn completion(completion: Option<Completion>) -> String {
    match completion.unwrap() {
        Completion::Value(value) => text(&value.content),
        Completion::Failure(failure) => self::failure(&failure),
    }
}

fn invocation(target: Option<InvocationTarget>) -> String {
    match target.unwrap() {
        InvocationTarget::InvocationId(id) => id,
        InvocationTarget::IdempotentRequest(target) => format!("{target:?}"),
        InvocationTarget::Workflow(target) => format!("{target:?}"),
    }
}

fn extras(headers: &[Header], idempotency_key: Option<String>, name: &str) -> String {
    let mut extras = String::new();
    for header in headers {
        extras += &format!(" {}: {}", header.key, header.value);
    }
    if let Some(key) = idempotency_key {
        extras += &format!(" idempotency-key {key}");
    }
    if !name.is_empty() {
        extras += &format!(" named {name}");
    }
    extras
}

/// The operations that a tree awaits, without the outer first-completed node and those directly in it.
fn leaves(future: &FutureTree) -> Vec<String> {
    let mut waiting = Vec::new();
    waiting.extend(future.waiting_completions.iter().map(|id| format!("#{id}")));
    for nested in &future.nested_futures {
        let leaves = leaves(nested);
        match nested.combinator_type() {
            Combinator::Unknown | Combinator::FirstCompleted => waiting.extend(leaves),
            Combinator::AllCompleted => waiting.push(format!("all({})", leaves.join(" "))),
            Combinator::FirstSucceededOrAllFailed => {
                waiting.push(format!("first-ok({})", leaves.join(" ")));
            }
            Combinator::AllSucceededOrFirstFailed => {
                waiting.push(format!("all-ok({})", leaves.join(" ")));
            }
        }
    }
    waiting.extend(future.waiting_signals.iter().map(|id| format!("signal {id}")));
    waiting.extend(future.waiting_named_signals.iter().map(|name| format!("signal {name}")));
    waiting
}

fn failure(failure: &Failure) -> String {
    let mut line = format!("failure {} {:?}", failure.code, failure.message);
    for entry in &failure.metadata {
        line += &format!(" {}={}", entry.key, entry.value);
    }
    line
}

fn value(value: Option<Value>) -> String {
    text(&value.unwrap_or_default().content)
}

fn text(bytes: &Bytes) -> String {
    format!("{:?}", String::from_utf8_lossy(bytes))
}

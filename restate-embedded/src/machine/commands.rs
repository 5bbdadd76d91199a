use std::{fmt, sync::Arc};

use bytes::Bytes;
use prost::Message as _;
use restate_core::{
    TerminalError,
    contract::HandlerKind,
    wire::{
        framing::{Frame, FrameError},
        protocol::{
            AttachInvocationCommand, CallCommand, ClearStateCommand, CompleteAwakeableCommand,
            Completion, ErrorMessage, FutureTree, GetInvocationOutputCommand, GetPromiseCommand,
            Header, InputCommand, InvocationTarget, MessageType, NotificationId,
            NotificationResult, OneWayCallCommand, OutputCommand, PeekPromiseCommand,
            ProposeRunCompletion, SendSignalCommand, SetStateCommand, SignalId, SignalResult,
            SleepCommand, Suspension,
        },
    },
};

use super::{
    Machine,
    input::{Asker, Invoke, Operation, Origin, Query, Request, Subject},
    invocation::Status,
    journal,
    promises::PromiseOperation,
};
use crate::{
    id::{InvocationId, parse_awakeable},
    limits::{is_level, is_limit_key},
    store::{AwaitingEntry, Caller, Write},
    target::{Object, Target},
};

impl Machine {
    /// Takes bytes from an attempt.
    pub(super) fn received(&mut self, id: InvocationId, attempt: u64, chunk: Bytes) {
        let now = self.now;
        let running = self.invocations.get_mut(&id).and_then(|one| one.attempt(attempt));
        // An attempt that was given up may still send; nobody listens.
        let Some(attempt) = running else { return };
        attempt.active = now;
        attempt.decoder.push(chunk);
        self.read_frames(id);
    }

    /// Reads what an attempt has sent, up to a command that has to wait for an answer.
    pub(super) fn read_frames(&mut self, id: InvocationId) {
        while self.effects.questions.is_empty() {
            let Some(invocation) = self.invocations.get_mut(&id) else { return };
            let Status::Running(attempt) = &mut invocation.status else { return };
            let read = match attempt.decoder.next_frame() {
                Ok(None) => return,
                Ok(Some(frame)) => self.read_frame(id, &frame),
                Err(error) => Err(error.into()),
            };
            if let Err(Violation(message)) = read {
                self.give_up(id, message);
            }
        }
    }

    fn read_frame(&mut self, id: InvocationId, frame: &Frame) -> Result<(), Violation> {
        match frame.ty() {
            MessageType::OutputCommand => {
                // Stored with the end of the invocation: until then a crash repeats the attempt
                // from the entries before, and nobody has seen the output.
                let OutputCommand { result, .. } = frame.decode()?;
                if let Some(Status::Running(attempt)) = self.status(id) {
                    attempt.output = result;
                }
            }
            MessageType::End => {
                let Some(Status::Running(attempt)) = self.status(id) else { return Ok(()) };
                let output = attempt.output.take().ok_or("the attempt ended without an output")?;
                self.complete(id, &output);
            }
            MessageType::Suspension => {
                let body = frame.body();
                self.suspend(id, awaited(&body), body);
            }
            MessageType::Error => self.failed(id, frame.decode::<ErrorMessage>()?),
            MessageType::ProposeRunCompletion => {
                let run = frame.decode::<ProposeRunCompletion>()?;
                self.store_run(id, run, frame.requests_ack());
            }
            MessageType::AwaitingOn => {}
            ty if ty.is_command() => {
                self.store_command(id, frame.raw());
                self.execute(id, frame)?;
            }
            ty => return Err(Violation(format!("an attempt must not send {ty}"))),
        }
        Ok(())
    }

    /// Does what a command says.
    fn execute(&mut self, id: InvocationId, frame: &Frame) -> Result<(), Violation> {
        match frame.ty() {
            MessageType::RunCommand
            | MessageType::GetEagerStateCommand
            | MessageType::GetEagerStateKeysCommand => {}
            MessageType::SetStateCommand => {
                let SetStateCommand { key, value, .. } = frame.decode()?;
                let (object, value) = (self.writable(id)?, value.unwrap_or_default().content);
                self.effects.writes.push(Write::SetState { object, name: key, value });
            }
            MessageType::ClearStateCommand => {
                let ClearStateCommand { key, .. } = frame.decode()?;
                let object = self.writable(id)?;
                self.effects.writes.push(Write::ClearState { object, name: key });
            }
            MessageType::ClearAllStateCommand => {
                let object = self.writable(id)?;
                self.effects.writes.push(Write::ClearAllState { object });
            }
            MessageType::SleepCommand => {
                let SleepCommand { wake_up_time: due, result_completion_id, .. } =
                    frame.decode()?;
                self.sleep(id, due, result_completion_id);
            }
            MessageType::CallCommand => self.call(id, frame.decode()?)?,
            MessageType::OneWayCallCommand => self.send(id, frame.decode()?)?,
            MessageType::SendSignalCommand => self.signal(id, frame.decode()?)?,
            MessageType::CompleteAwakeableCommand => {
                self.complete_awakeable(id, frame.decode()?)?;
            }
            MessageType::AttachInvocationCommand => {
                let AttachInvocationCommand { target, result_completion_id, .. } =
                    frame.decode()?;
                let entry = AwaitingEntry::Attach;
                let asker = Asker::Entry(Caller { id, completion: result_completion_id, entry });
                self.ask(id, subject(target)?, Operation::Attach(asker));
            }
            MessageType::GetInvocationOutputCommand => {
                let GetInvocationOutputCommand { target, result_completion_id, .. } =
                    frame.decode()?;
                let entry = AwaitingEntry::Attach;
                let asker = Asker::Entry(Caller { id, completion: result_completion_id, entry });
                self.ask(id, subject(target)?, Operation::Peek(asker));
            }
            MessageType::GetLazyStateCommand => self.ask_state(id, frame.decode()?)?,
            MessageType::GetLazyStateKeysCommand => {
                self.ask_state_names(id, &frame.decode()?)?;
            }
            MessageType::GetPromiseCommand => {
                let GetPromiseCommand { key, result_completion_id, .. } = frame.decode()?;
                self.ask_promise(id, key, result_completion_id, PromiseOperation::Await)?;
            }
            MessageType::PeekPromiseCommand => {
                let PeekPromiseCommand { key, result_completion_id, .. } = frame.decode()?;
                self.ask_promise(id, key, result_completion_id, PromiseOperation::Peek)?;
            }
            MessageType::CompletePromiseCommand => self.complete_promise(id, frame.decode()?)?,
            ty => return Err(Violation(format!("this engine does not support {ty}"))),
        }
        Ok(())
    }

    fn call(&mut self, id: InvocationId, command: CallCommand) -> Result<(), Violation> {
        let (scope, limit_key) = scope(command.scope, command.limit_key)?;
        let target = self.target(&command.service_name, &command.handler_name, &command.key);
        let target = self.catalog.within(target, scope)?;
        let request = Request {
            target,
            idempotency_key: idempotency_key(command.idempotency_key),
            limit_key,
            input: input(command.headers, command.parameter),
            due: 0,
        };
        let (completion, entry) = (command.result_completion_id, AwaitingEntry::Call);
        let origin = Origin::HandlerCall {
            caller: Caller { id, completion, entry },
            id_completion: command.invocation_id_notification_idx,
        };
        self.invoke(Invoke { request, origin }, Some(id));
        Ok(())
    }

    fn send(&mut self, id: InvocationId, command: OneWayCallCommand) -> Result<(), Violation> {
        let (scope, limit_key) = scope(command.scope, command.limit_key)?;
        let target = self.target(&command.service_name, &command.handler_name, &command.key);
        let target = self.catalog.within(target, scope)?;
        let request = Request {
            target,
            idempotency_key: idempotency_key(command.idempotency_key),
            limit_key,
            input: input(command.headers, command.parameter),
            due: command.invoke_time,
        };
        let id_completion = command.invocation_id_notification_idx;
        let origin = Origin::HandlerSend { caller: id, id_completion };
        self.invoke(Invoke { request, origin }, Some(id));
        Ok(())
    }

    fn signal(&mut self, id: InvocationId, command: SendSignalCommand) -> Result<(), Violation> {
        let signal = match command.signal_id.ok_or("a signal without a name")? {
            SignalId::Idx(number) => NotificationId::SignalId(number),
            SignalId::Name(name) => NotificationId::SignalName(name),
        };
        let result = match command.result.ok_or("a signal without a value")? {
            SignalResult::Void(void) => NotificationResult::Void(void),
            SignalResult::Value(value) => NotificationResult::Value(value),
            SignalResult::Failure(failure) => NotificationResult::Failure(failure),
        };
        let target = parse(&command.target_invocation_id)?;
        self.ask(id, Subject::Id(target), Operation::Signal(signal, result));
        Ok(())
    }

    fn complete_awakeable(
        &mut self,
        id: InvocationId,
        command: CompleteAwakeableCommand,
    ) -> Result<(), Violation> {
        let (target, number) = parse_awakeable(&command.awakeable_id)
            .map_err(|error| Violation(format!("`{}`: {error}", command.awakeable_id)))?;
        let result = match command.result.ok_or("an awakeable is completed with nothing")? {
            Completion::Value(value) => NotificationResult::Value(value),
            Completion::Failure(failure) => NotificationResult::Failure(failure),
        };
        let signal = NotificationId::SignalId(number);
        self.ask(id, Subject::Id(target), Operation::Signal(signal, result));
        Ok(())
    }

    fn ask(&mut self, id: InvocationId, subject: Subject, operation: Operation) {
        self.operate(Query { subject, operation, reading: Some(id) });
    }

    /// The address of a handler, in the words of the catalog where it is bound.
    fn target(&self, service: &str, handler: &str, key: &str) -> Target {
        let descriptor = self.catalog.descriptor(service);
        match descriptor.and_then(|service| Some((service, service.handler(handler)?))) {
            Some((service, handler)) => Target::new(service.name(), handler.name(), key),
            None => Target::new(service.to_owned(), handler.to_owned(), key),
        }
    }

    /// The object whose state the invocation may change.
    fn writable(&self, id: InvocationId) -> Result<Object, Violation> {
        let invocation = self.invocations.get(&id).ok_or("the invocation is over")?;
        match self.catalog.kind(&invocation.target) {
            Some(HandlerKind::Exclusive | HandlerKind::Run) => Ok(invocation.target.object()),
            _ => {
                let message = "only an exclusive handler of an object, or the `run` of a workflow, can write state";
                Err(Violation(format!("{}: {message}", invocation.target)))
            }
        }
    }

    fn status(&mut self, id: InvocationId) -> Option<&mut Status> {
        self.invocations.get_mut(&id).map(|invocation| &mut invocation.status)
    }
}

/// Why what an attempt has sent makes no sense; the attempt has failed.
pub(super) struct Violation(String);

impl From<FrameError> for Violation {
    fn from(error: FrameError) -> Self {
        Self(error.to_string())
    }
}

impl From<TerminalError> for Violation {
    fn from(error: TerminalError) -> Self {
        Self(error.message().to_owned())
    }
}

impl From<&str> for Violation {
    fn from(message: &str) -> Self {
        Self(message.to_owned())
    }
}

impl fmt::Debug for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The empty key is that of workflows; a handler that sends it has none.
fn idempotency_key(key: Option<String>) -> Option<Arc<str>> {
    key.filter(|key| !key.is_empty()).map(Into::into)
}

/// Scope and limit key of a call, if they are what the protocol allows.
fn scope(scope: Option<String>, limit_key: Option<String>) -> Result<Scoped, Violation> {
    let invalid = |what: &str, text: &str| Violation(format!("`{text}` is no {what}"));
    match (&scope, &limit_key) {
        (Some(scope), _) if !is_level(scope) => Err(invalid("scope", scope)),
        (_, Some(key)) if !is_limit_key(key) => Err(invalid("limit key", key)),
        (None, Some(key)) => Err(Violation(format!("limit key `{key}` needs a scope"))),
        _ => Ok((scope.map(Into::into), limit_key.map(Into::into))),
    }
}

type Scoped = (Option<Arc<str>>, Option<Arc<str>>);

fn input(headers: Vec<Header>, parameter: Bytes) -> Bytes {
    journal::frame(&InputCommand { headers, value: Some(parameter.into()), name: String::new() })
}

fn subject(target: Option<InvocationTarget>) -> Result<Subject, Violation> {
    match target.ok_or("a command about no invocation")? {
        InvocationTarget::InvocationId(id) => Ok(Subject::Id(parse(&id)?)),
        InvocationTarget::IdempotentRequest(request) => {
            let key = request.service_key.unwrap_or_default();
            let target = Target::new(request.service_name, request.handler_name, key);
            let target = target.within(scope(request.scope, None)?.0);
            Ok(Subject::Idempotent(target, request.idempotency_key.into()))
        }
        InvocationTarget::Workflow(workflow) => {
            let scope = scope(workflow.scope, None)?.0;
            let object = Object::new(workflow.workflow_name, workflow.workflow_key);
            Ok(Subject::Workflow(object.within(scope)))
        }
    }
}

fn parse(id: &str) -> Result<InvocationId, Violation> {
    id.parse().map_err(|error| Violation(format!("`{id}`: {error}")))
}

/// What an attempt that suspended waits for: everything that the body of its `Suspension` names.
///
/// A tree that needs several of them is tried again with the first; it then suspends again.
pub(super) fn awaited(suspension: &Bytes) -> Vec<NotificationId> {
    let Suspension { waiting_completions, waiting_signals, waiting_named_signals, awaiting_on } =
        Suspension::decode(suspension.clone()).unwrap_or_default();
    let mut found = Vec::new();
    let mut trees = vec![FutureTree {
        waiting_completions,
        waiting_signals,
        waiting_named_signals,
        nested_futures: awaiting_on.into_iter().collect(),
        ..FutureTree::default()
    }];
    while let Some(tree) = trees.pop() {
        found.extend(tree.waiting_completions.into_iter().map(NotificationId::CompletionId));
        found.extend(tree.waiting_signals.into_iter().map(NotificationId::SignalId));
        found.extend(tree.waiting_named_signals.into_iter().map(NotificationId::SignalName));
        trees.extend(tree.nested_futures);
    }
    found
}

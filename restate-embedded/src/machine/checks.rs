//! Whether a command can be carried out, before it is stored.
//!
//! The next attempt replays past what the journal holds. So a command is stored only if nothing but
//! the store can prevent that it is carried out.

use std::fmt;

use restate_core::{
    TerminalError,
    contract::HandlerKind,
    wire::{
        framing::Frame,
        protocol::{
            AttachInvocationCommand, CallCommand, ClearAllStateCommand, ClearStateCommand,
            CompleteAwakeableCommand, CompletePromiseCommand, Completion, GetEagerStateCommand,
            GetEagerStateKeysCommand, GetInvocationOutputCommand, GetLazyStateCommand,
            GetLazyStateKeysCommand, GetPromiseCommand, Header, MessageType, NotificationId,
            NotificationResult, OneWayCallCommand, OutputResult, PeekPromiseCommand, RunCommand,
            SendSignalCommand, SetStateCommand, SignalId, SignalResult, SleepCommand,
        },
    },
};

use super::{
    commands::{CommandError, violation},
    decode,
    input::{InvocationRef, Invoke, Operation, Origin, Recipient, Request},
    step::Step,
};
use crate::{
    model::{
        id::{InvocationId, parse_awakeable},
        keys::{check_idempotency_key, check_key},
        target::Object,
    },
    store::{AwaitingEntry, Caller, PromiseName, Write},
};

/// A command that nothing but the store can prevent from being carried out.
pub(super) enum Checked {
    /// The attempt itself carries it out.
    Nothing,
    Write(Write),
    GetState(Object, GetLazyStateCommand),
    GetStateKeys(Object, GetLazyStateKeysCommand),
    Sleep {
        due: u64,
        completion: u32,
    },
    Invoke(Invoke),
    Operate(InvocationRef, Operation),
    GetPromise(PromiseName, u32),
    PeekPromise(PromiseName, u32),
    CompletePromise {
        promise: PromiseName,
        result: OutputResult,
        completion: u32,
    },
}

/// Why a command is refused, and how its handler learns that.
pub(super) struct Refusal {
    pub(super) code: u32,
    pub(super) message: String,
    /// `None` for a command without a result: its refusal ends the invocation.
    pub(super) answer: Option<Answer>,
}

/// The entry that answers a command.
#[derive(Clone, Copy)]
pub(super) struct Answer {
    pub(super) ty: MessageType,
    pub(super) completion: u32,
    /// For a call: the completion that names the invocation.
    pub(super) id_completion: Option<u32>,
}

impl Answer {
    fn new(ty: MessageType, completion: u32) -> Self {
        Self { ty, completion, id_completion: None }
    }

    fn refuse(self, message: impl fmt::Display) -> CommandError {
        let message = message.to_string();
        CommandError::Refused(Refusal { code: 400, message, answer: Some(self) })
    }
}

/// Refuses a command that has no result.
fn refused(message: impl fmt::Display) -> CommandError {
    CommandError::Refused(Refusal { code: 400, message: message.to_string(), answer: None })
}

impl Step<'_> {
    /// Decodes a command, and checks it. Changes nothing that is stored.
    pub(super) fn check(
        &mut self,
        id: InvocationId,
        frame: &Frame,
    ) -> Result<Checked, CommandError> {
        self.check_journal(id, frame.raw().len())?;
        Ok(match frame.ty() {
            MessageType::RunCommand => {
                let run = frame.decode::<RunCommand>()?;
                self.trace_run(id, run);
                Checked::Nothing
            }
            MessageType::GetEagerStateCommand => {
                frame.decode::<GetEagerStateCommand>().map(|_| Checked::Nothing)?
            }
            MessageType::GetEagerStateKeysCommand => {
                frame.decode::<GetEagerStateKeysCommand>().map(|_| Checked::Nothing)?
            }
            MessageType::SetStateCommand => {
                let SetStateCommand { key, value, .. } = frame.decode()?;
                let (object, value) = (self.writable(id)?, value.unwrap_or_default().content);
                self.check_value(id, &object, &key, &value)?;
                Checked::Write(Write::SetState { object, name: key, value })
            }
            MessageType::ClearStateCommand => {
                let ClearStateCommand { key, .. } = frame.decode()?;
                Checked::Write(Write::ClearState { object: self.writable(id)?, name: key })
            }
            MessageType::ClearAllStateCommand => {
                frame.decode::<ClearAllStateCommand>()?;
                Checked::Write(Write::ClearAllState { object: self.writable(id)? })
            }
            MessageType::GetLazyStateCommand => {
                Checked::GetState(self.invocation(id)?.target.object(), frame.decode()?)
            }
            MessageType::GetLazyStateKeysCommand => {
                Checked::GetStateKeys(self.invocation(id)?.target.object(), frame.decode()?)
            }
            MessageType::SleepCommand => {
                let SleepCommand { wake_up_time: due, result_completion_id: completion, .. } =
                    frame.decode()?;
                Checked::Sleep { due, completion }
            }
            MessageType::CallCommand => self.check_call(id, frame.decode()?)?,
            MessageType::OneWayCallCommand => self.check_send(id, frame.decode()?)?,
            MessageType::SendSignalCommand => check_signal(frame.decode()?)?,
            MessageType::CompleteAwakeableCommand => check_awakeable(frame.decode()?)?,
            MessageType::AttachInvocationCommand => {
                let AttachInvocationCommand { target, result_completion_id, .. } =
                    frame.decode()?;
                let ty = MessageType::AttachInvocationCompletion;
                let answer = Answer::new(ty, result_completion_id);
                let target = target.ok_or("a command names no invocation")?;
                let target =
                    decode::invocation_ref(target).map_err(|error| answer.refuse(error))?;
                let recipient = entry(id, result_completion_id);
                Checked::Operate(target, Operation::Attach(recipient))
            }
            MessageType::GetInvocationOutputCommand => {
                let GetInvocationOutputCommand { target, result_completion_id, .. } =
                    frame.decode()?;
                let ty = MessageType::GetInvocationOutputCompletion;
                let answer = Answer::new(ty, result_completion_id);
                let target = target.ok_or("a command names no invocation")?;
                let target =
                    decode::invocation_ref(target).map_err(|error| answer.refuse(error))?;
                let recipient = entry(id, result_completion_id);
                Checked::Operate(target, Operation::Peek(recipient))
            }
            MessageType::GetPromiseCommand => {
                let GetPromiseCommand { key, result_completion_id, .. } = frame.decode()?;
                let answer = Answer::new(MessageType::GetPromiseCompletion, result_completion_id);
                Checked::GetPromise(self.promise(id, key, answer)?, result_completion_id)
            }
            MessageType::PeekPromiseCommand => {
                let PeekPromiseCommand { key, result_completion_id, .. } = frame.decode()?;
                let answer = Answer::new(MessageType::PeekPromiseCompletion, result_completion_id);
                Checked::PeekPromise(self.promise(id, key, answer)?, result_completion_id)
            }
            MessageType::CompletePromiseCommand => {
                let command: CompletePromiseCommand = frame.decode()?;
                let completion = command.result_completion_id;
                let answer = Answer::new(MessageType::CompletePromiseCompletion, completion);
                let result =
                    match command.completion.ok_or("a promise is completed with nothing")? {
                        Completion::Value(value) => OutputResult::Value(value),
                        Completion::Failure(failure) => OutputResult::Failure(failure),
                    };
                let promise = self.promise(id, command.key, answer)?;
                Checked::CompletePromise { promise, result, completion }
            }
            // A newer version of this engine may support it, so the invocation does not end.
            ty => return Err(violation(format!("this engine does not support {ty}"))),
        })
    }

    fn check_call(
        &mut self,
        id: InvocationId,
        mut command: CallCommand,
    ) -> Result<Checked, CommandError> {
        let (completion, entry) = (command.result_completion_id, AwaitingEntry::Call);
        let id_completion = command.invocation_id_notification_idx;
        let answer = Answer {
            id_completion: Some(id_completion),
            ..Answer::new(MessageType::CallCompletion, completion)
        };
        check_keys(&command.key, command.idempotency_key.as_deref())
            .map_err(|error| answer.refuse(error.message()))?;
        let (scope, limit_key) = decode::scope(command.scope, command.limit_key)
            .map_err(|error| answer.refuse(error))?;
        let services = &self.machine.services;
        let target = services.target(&command.service_name, &command.handler_name, &command.key);
        let target =
            services.within(target, scope).map_err(|error| answer.refuse(error.message()))?;
        services.drop_secrets(&target, &mut command.headers);
        self.pass_trace_on(id, &mut command.headers);
        let request = Request {
            target,
            idempotency_key: decode::idempotency_key(command.idempotency_key),
            limit_key,
            input: decode::input(command.headers, command.parameter),
            due: 0,
        };
        let caller = Caller { id, completion, entry };
        let origin = Origin::HandlerCall { caller, id_completion };
        Ok(Checked::Invoke(Invoke { request, origin }))
    }

    fn check_send(
        &mut self,
        id: InvocationId,
        mut command: OneWayCallCommand,
    ) -> Result<Checked, CommandError> {
        check_keys(&command.key, command.idempotency_key.as_deref())
            .map_err(|error| refused(error.message()))?;
        let (scope, limit_key) =
            decode::scope(command.scope, command.limit_key).map_err(refused)?;
        let services = &self.machine.services;
        let target = services.target(&command.service_name, &command.handler_name, &command.key);
        let target = services.within(target, scope).map_err(|error| refused(error.message()))?;
        services.drop_secrets(&target, &mut command.headers);
        self.pass_trace_on(id, &mut command.headers);
        let request = Request {
            target,
            idempotency_key: decode::idempotency_key(command.idempotency_key),
            limit_key,
            input: decode::input(command.headers, command.parameter),
            due: command.invoke_time,
        };
        let id_completion = command.invocation_id_notification_idx;
        let origin = Origin::HandlerSend { caller: id, id_completion };
        Ok(Checked::Invoke(Invoke { request, origin }))
    }

    /// A call belongs to the trace of its caller, also if the SDK of that does not say so.
    fn pass_trace_on(&mut self, caller: InvocationId, headers: &mut Vec<Header>) {
        let caller = self.machine.invocations.get_mut(&caller);
        if let Some(attempt) = caller.and_then(|caller| caller.running()) {
            attempt.trace().add_to(headers);
        }
    }

    /// The promise with this name, of the workflow that an invocation belongs to.
    fn promise(
        &mut self,
        id: InvocationId,
        name: String,
        answer: Answer,
    ) -> Result<PromiseName, CommandError> {
        let target = self.invocation(id)?.target.clone();
        let invocation = self.machine.invocations.get(&id);
        if !invocation.is_some_and(|invocation| self.machine.services.is_workflow(invocation)) {
            return Err(answer.refuse(format_args!(
                "{target}: only handlers of a workflow have promises; use an awakeable"
            )));
        }
        Ok(PromiseName { object: target.object(), name })
    }

    /// The object whose state the invocation may change.
    fn writable(&mut self, id: InvocationId) -> Result<Object, CommandError> {
        let target = self.invocation(id)?.target.clone();
        let invocation = self.machine.invocations.get(&id);
        match invocation.and_then(|invocation| self.machine.services.kind_of(invocation)) {
            Some(HandlerKind::Exclusive | HandlerKind::Run) => Ok(target.object()),
            _ => Err(refused(format_args!(
                "{target}: only an exclusive handler of an object, or the `run` of a workflow, can \
                 write state; call one from this handler"
            ))),
        }
    }
}

fn check_keys(key: &str, idempotency_key: Option<&str>) -> Result<(), TerminalError> {
    check_key(key)?;
    idempotency_key.map_or(Ok(()), check_idempotency_key)
}

fn check_signal(command: SendSignalCommand) -> Result<Checked, CommandError> {
    let signal = match command.signal_id.ok_or("a signal has no name")? {
        SignalId::Idx(number) => NotificationId::SignalId(number),
        SignalId::Name(name) => NotificationId::SignalName(name),
    };
    let result = match command.result.ok_or("a signal has no value")? {
        SignalResult::Void(void) => NotificationResult::Void(void),
        SignalResult::Value(value) => NotificationResult::Value(value),
        SignalResult::Failure(failure) => NotificationResult::Failure(failure),
    };
    let receiver = decode::id(&command.target_invocation_id).map_err(refused)?;
    Ok(Checked::Operate(InvocationRef::Id(receiver), Operation::Signal(signal, result)))
}

/// An awakeable is a signal with a number, to the invocation that made it.
fn check_awakeable(command: CompleteAwakeableCommand) -> Result<Checked, CommandError> {
    let result = match command.result.ok_or("an awakeable is completed with nothing")? {
        Completion::Value(value) => NotificationResult::Value(value),
        Completion::Failure(failure) => NotificationResult::Failure(failure),
    };
    let (receiver, number) = parse_awakeable(&command.awakeable_id)
        .map_err(|error| refused(format_args!("`{}`: {error}", command.awakeable_id)))?;
    let operation = Operation::Signal(NotificationId::SignalId(number), result);
    Ok(Checked::Operate(InvocationRef::Id(receiver), operation))
}

fn entry(id: InvocationId, completion: u32) -> Recipient {
    Recipient::Entry(Caller { id, completion, entry: AwaitingEntry::Attach })
}

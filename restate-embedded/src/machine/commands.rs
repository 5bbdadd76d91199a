//! What an attempt sends: commands, which become journal entries, and how it ends.

use bytes::Bytes;
use restate_core::{
    TerminalError,
    contract::HandlerKind,
    wire::{
        framing::{Frame, FrameError},
        protocol::{
            AttachInvocationCommand, CallCommand, ClearStateCommand, CompleteAwakeableCommand,
            Completion, ErrorMessage, GetInvocationOutputCommand, MessageType, NotificationId,
            NotificationResult, OneWayCallCommand, OutputCommand, ProposeRunCompletion,
            SendSignalCommand, SetStateCommand, SignalId, SignalResult, SleepCommand,
        },
    },
};

use super::{
    attempt::ActiveAttempt,
    decode,
    input::{InvocationRef, Invoke, Operation, Origin, Recipient, Request},
    invocation::Invocation,
    step::Step,
};
use crate::{
    model::{
        id::{InvocationId, parse_awakeable},
        target::Object,
    },
    store::{AwaitingEntry, Caller, StoreError, Write},
};

/// Why a message of an attempt has no effect.
pub(super) enum CommandError {
    /// It breaks a rule of the protocol: the attempt has failed.
    Violation(String),
    /// The store failed: the engine stops.
    Store(StoreError),
}

impl Step<'_> {
    /// Takes bytes from an attempt, and does what they say.
    pub(super) fn received(
        &mut self,
        id: InvocationId,
        number: u64,
        chunk: Bytes,
    ) -> Result<(), StoreError> {
        let now = self.now;
        // An attempt that was stopped or given up may still send; its invocation does not listen.
        let Some(attempt) = self.attempt_under_way(id, number) else { return Ok(()) };
        attempt.receive(chunk, now);
        self.read_frames(id)
    }

    /// The attempt of an invocation, if the one under way has this number.
    pub(super) fn attempt_under_way(
        &mut self,
        id: InvocationId,
        number: u64,
    ) -> Option<&mut ActiveAttempt> {
        let running = self.machine.invocations.get_mut(&id)?.running();
        running.filter(|attempt| attempt.number() == number)
    }

    fn read_frames(&mut self, id: InvocationId) -> Result<(), StoreError> {
        loop {
            match self.read_frame(id) {
                Ok(true) => {}
                Ok(false) => return Ok(()),
                Err(CommandError::Violation(message)) => self.give_up(id, message),
                Err(CommandError::Store(error)) => return Err(error),
            }
        }
    }

    /// Reads one message of an attempt. False if there is none.
    fn read_frame(&mut self, id: InvocationId) -> Result<bool, CommandError> {
        // The message before may have ended the attempt: what came behind it has no meaning.
        let Some(invocation) = self.machine.invocations.get_mut(&id) else { return Ok(false) };
        let Some(attempt) = invocation.running() else { return Ok(false) };
        let Some(frame) = attempt.next_frame()? else { return Ok(false) };
        match frame.ty() {
            MessageType::OutputCommand => {
                // Stored with the end of the invocation: until then a crash repeats the attempt
                // from the entries before, and nobody has seen the output.
                let OutputCommand { result, .. } = frame.decode()?;
                attempt.set_output(result);
            }
            MessageType::End => {
                let output = attempt.take_output().ok_or("the attempt ended without an output")?;
                self.complete(id, &output);
            }
            MessageType::Suspension => {
                let body = frame.body();
                self.suspend(id, decode::awaited(&body), body);
            }
            MessageType::Error => self.failed(id, frame.decode::<ErrorMessage>()?),
            MessageType::ProposeRunCompletion => {
                let run = frame.decode::<ProposeRunCompletion>()?;
                invocation.append_run(run, frame.requests_ack(), self.now);
                self.touch(id);
            }
            // It says what a running attempt awaits. This engine learns that when the attempt
            // suspends.
            MessageType::AwaitingOn => {}
            ty if ty.is_command() => {
                invocation.append_command(frame.raw(), self.now);
                self.touch(id);
                self.execute(id, &frame)?;
            }
            ty => return Err(violation(format!("an attempt must not send {ty}"))),
        }
        Ok(true)
    }

    /// Does what a command says; it is in the journal by now.
    fn execute(&mut self, id: InvocationId, frame: &Frame) -> Result<(), CommandError> {
        match frame.ty() {
            // Completed by the attempt itself.
            MessageType::RunCommand
            | MessageType::GetEagerStateCommand
            | MessageType::GetEagerStateKeysCommand => {}
            MessageType::SetStateCommand => {
                let SetStateCommand { key, value, .. } = frame.decode()?;
                let (object, value) = (self.writable(id)?, value.unwrap_or_default().content);
                self.write(Write::SetState { object, name: key, value });
            }
            MessageType::ClearStateCommand => {
                let ClearStateCommand { key, .. } = frame.decode()?;
                let object = self.writable(id)?;
                self.write(Write::ClearState { object, name: key });
            }
            MessageType::ClearAllStateCommand => {
                let object = self.writable(id)?;
                self.write(Write::ClearAllState { object });
            }
            MessageType::GetLazyStateCommand => {
                let object = self.invocation(id)?.target.object();
                self.get_state(id, &object, &frame.decode()?)?;
            }
            MessageType::GetLazyStateKeysCommand => {
                let object = self.invocation(id)?.target.object();
                self.get_state_keys(id, &object, &frame.decode()?)?;
            }
            MessageType::SleepCommand => {
                let SleepCommand { wake_up_time: due, result_completion_id, .. } =
                    frame.decode()?;
                self.sleep(id, due, result_completion_id);
            }
            MessageType::CallCommand => self.call(id, frame.decode()?)?,
            MessageType::OneWayCallCommand => self.send(id, frame.decode()?)?,
            MessageType::SendSignalCommand => self.signal(frame.decode()?)?,
            MessageType::CompleteAwakeableCommand => self.complete_awakeable(frame.decode()?)?,
            MessageType::AttachInvocationCommand => {
                let AttachInvocationCommand { target, result_completion_id, .. } =
                    frame.decode()?;
                let recipient = entry(id, result_completion_id);
                self.operate(&decode::invocation_ref(target)?, Operation::Attach(recipient))?;
            }
            MessageType::GetInvocationOutputCommand => {
                let GetInvocationOutputCommand { target, result_completion_id, .. } =
                    frame.decode()?;
                let recipient = entry(id, result_completion_id);
                self.operate(&decode::invocation_ref(target)?, Operation::Peek(recipient))?;
            }
            MessageType::GetPromiseCommand => self.get_promise(id, frame.decode()?)?,
            MessageType::PeekPromiseCommand => self.peek_promise(id, frame.decode()?)?,
            MessageType::CompletePromiseCommand => self.complete_promise(id, frame.decode()?)?,
            ty => return Err(violation(format!("this engine does not support {ty}"))),
        }
        Ok(())
    }

    fn call(&mut self, id: InvocationId, command: CallCommand) -> Result<(), CommandError> {
        let (scope, limit_key) = decode::scope(command.scope, command.limit_key)?;
        let services = &self.machine.services;
        let target = services.target(&command.service_name, &command.handler_name, &command.key);
        let request = Request {
            target: services.within(target, scope)?,
            idempotency_key: decode::idempotency_key(command.idempotency_key),
            limit_key,
            input: decode::input(command.headers, command.parameter),
            due: 0,
        };
        let (completion, entry) = (command.result_completion_id, AwaitingEntry::Call);
        let origin = Origin::HandlerCall {
            caller: Caller { id, completion, entry },
            id_completion: command.invocation_id_notification_idx,
        };
        Ok(self.invoke(Invoke { request, origin })?)
    }

    fn send(&mut self, id: InvocationId, command: OneWayCallCommand) -> Result<(), CommandError> {
        let (scope, limit_key) = decode::scope(command.scope, command.limit_key)?;
        let services = &self.machine.services;
        let target = services.target(&command.service_name, &command.handler_name, &command.key);
        let request = Request {
            target: services.within(target, scope)?,
            idempotency_key: decode::idempotency_key(command.idempotency_key),
            limit_key,
            input: decode::input(command.headers, command.parameter),
            due: command.invoke_time,
        };
        let id_completion = command.invocation_id_notification_idx;
        let origin = Origin::HandlerSend { caller: id, id_completion };
        Ok(self.invoke(Invoke { request, origin })?)
    }

    fn signal(&mut self, command: SendSignalCommand) -> Result<(), CommandError> {
        let signal = match command.signal_id.ok_or("a signal has no name")? {
            SignalId::Idx(number) => NotificationId::SignalId(number),
            SignalId::Name(name) => NotificationId::SignalName(name),
        };
        let result = match command.result.ok_or("a signal has no value")? {
            SignalResult::Void(void) => NotificationResult::Void(void),
            SignalResult::Value(value) => NotificationResult::Value(value),
            SignalResult::Failure(failure) => NotificationResult::Failure(failure),
        };
        let receiver = InvocationRef::Id(decode::id(&command.target_invocation_id)?);
        Ok(self.operate(&receiver, Operation::Signal(signal, result))?)
    }

    /// An awakeable is a signal with a number, to the invocation that made it.
    fn complete_awakeable(
        &mut self,
        command: CompleteAwakeableCommand,
    ) -> Result<(), CommandError> {
        let (receiver, number) = parse_awakeable(&command.awakeable_id)
            .map_err(|error| violation(format!("`{}`: {error}", command.awakeable_id)))?;
        let result = match command.result.ok_or("an awakeable is completed with nothing")? {
            Completion::Value(value) => NotificationResult::Value(value),
            Completion::Failure(failure) => NotificationResult::Failure(failure),
        };
        let operation = Operation::Signal(NotificationId::SignalId(number), result);
        Ok(self.operate(&InvocationRef::Id(receiver), operation)?)
    }

    /// The object whose state the invocation may change.
    fn writable(&mut self, id: InvocationId) -> Result<Object, CommandError> {
        let target = self.invocation(id)?.target.clone();
        match self.machine.services.kind(&target) {
            Some(HandlerKind::Exclusive | HandlerKind::Run) => Ok(target.object()),
            _ => Err(violation(format!(
                "{target}: only an exclusive handler of an object, or the `run` of a workflow, can \
                 write state"
            ))),
        }
    }

    /// The invocation whose command is being read, which therefore is running.
    pub(super) fn invocation(&mut self, id: InvocationId) -> Result<&mut Invocation, CommandError> {
        self.known(id).ok_or_else(|| violation("the invocation has ended".to_owned()))
    }
}

fn entry(id: InvocationId, completion: u32) -> Recipient {
    Recipient::Entry(Caller { id, completion, entry: AwaitingEntry::Attach })
}

fn violation(message: String) -> CommandError {
    CommandError::Violation(message)
}

impl From<StoreError> for CommandError {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

impl From<FrameError> for CommandError {
    fn from(error: FrameError) -> Self {
        Self::Violation(error.to_string())
    }
}

impl From<TerminalError> for CommandError {
    fn from(error: TerminalError) -> Self {
        Self::Violation(error.message().to_owned())
    }
}

impl From<&str> for CommandError {
    fn from(message: &str) -> Self {
        Self::Violation(message.to_owned())
    }
}

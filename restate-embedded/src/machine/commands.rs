//! What an attempt sends: commands, which become journal entries, and how it ends.

use bytes::Bytes;
use restate_core::{
    Encoding,
    wire::{
        framing::{Frame, FrameError},
        protocol::{
            AwaitingOn, ErrorMessage, Failure, MessageType, NotificationResult, OutputCommand,
            OutputResult, ProposeRunCompletion,
        },
    },
};

use super::{
    attempt::ActiveAttempt,
    checks::{Answer, Checked, Refusal},
    decode,
    effects::InternalAction,
    invocation::Invocation,
    step::Step,
};
use crate::{model::id::InvocationId, store::StoreError};

/// Why a message of an attempt has no effect.
pub(super) enum CommandError {
    /// It breaks a rule of the protocol: the attempt has failed.
    Violation(String),
    /// It can be read, but not carried out: the handler has to be told.
    Refused(Refusal),
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
        response: Option<Encoding>,
    ) -> Result<(), StoreError> {
        let now = self.now;
        // An attempt that was stopped or given up may still send; its invocation does not listen.
        let Some(attempt) = self.attempt_under_way(id, number) else { return Ok(()) };
        let is_remote = attempt.deployment().is_some();
        attempt.receive(chunk, now);
        if response.is_some() {
            attempt.set_response_encoding(response);
        }
        self.read_frames(id)?;
        if is_remote && self.attempt_under_way(id, number).is_none() {
            self.act(InternalAction::Finish { attempt: number });
        }
        Ok(())
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
                // `read_frame` answers refused commands that have an answer.
                Err(CommandError::Refused(refusal)) => self.end_refused(id, refusal),
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
                let encoding = attempt.response_encoding();
                self.complete_in(id, &output, encoding);
            }
            MessageType::Suspension => {
                let body = frame.body();
                self.suspend(id, decode::awaited(&body), body);
            }
            MessageType::Error => self.failed(id, frame.decode::<ErrorMessage>()?),
            MessageType::ProposeRunCompletion => {
                let run = frame.decode::<ProposeRunCompletion>()?;
                let span = self.run_span(id, &run);
                self.append_run(id, run, frame.requests_ack())?;
                if let Some(span) = span {
                    self.show_span(span);
                }
            }
            // What a running attempt awaits, the engine learns when it suspends. That is asked of it if it
            // is in the way of others.
            MessageType::AwaitingOn => {
                if !frame.decode::<AwaitingOn>()?.executing_side_effects {
                    self.waits_only(id);
                }
            }
            ty if ty.is_command() => {
                #[cfg(test)]
                if self.machine.stores_refused {
                    self.append(id, &frame);
                    let command = self.check(id, &frame).map_err(CommandError::flawed)?;
                    return Ok(self.carry_out(id, command).map(|()| true)?);
                }
                match self.check(id, &frame) {
                    Ok(command) => {
                        self.append(id, &frame);
                        self.carry_out(id, command)?;
                    }
                    Err(CommandError::Refused(Refusal { code, message, answer: Some(answer) })) => {
                        let failure = Failure { code, message, metadata: Vec::new() };
                        self.answer(id, &frame, answer, failure);
                    }
                    Err(error) => return Err(error),
                }
            }
            ty => return Err(violation(format!("an attempt must not send {ty}"))),
        }
        Ok(true)
    }

    /// A defect that the simulation must find.
    #[cfg(test)]
    pub(super) fn carry_out_kept(&mut self, id: InvocationId, frames: &[Bytes]) {
        let mut decoder = restate_core::wire::framing::Decoder::default();
        frames.iter().for_each(|frame| decoder.push(frame.clone()));
        while let Ok(Some(frame)) = decoder.next_frame() {
            if frame.ty().is_command()
                && let Ok(command) = self.check(id, &frame)
            {
                self.carry_out(id, command).expect("memory can be read");
            }
        }
    }

    /// Carries out a command that was checked, and is in the journal by now.
    fn carry_out(&mut self, id: InvocationId, command: Checked) -> Result<(), StoreError> {
        match command {
            Checked::Nothing => {}
            Checked::Write(write) => self.write(write),
            Checked::GetState(object, command) => self.get_state(id, &object, &command)?,
            Checked::GetStateKeys(object, command) => self.get_state_keys(id, &object, &command)?,
            Checked::Sleep { due, completion } => self.sleep(id, due, completion),
            Checked::Invoke(invoke) => self.invoke(invoke)?,
            Checked::Operate(invocation, operation) => self.operate(&invocation, operation)?,
            Checked::GetPromise(promise, completion) => {
                self.get_promise(id, promise, completion)?;
            }
            Checked::PeekPromise(promise, completion) => {
                self.peek_promise(id, &promise, completion)?;
            }
            Checked::CompletePromise { promise, result, completion } => {
                self.complete_promise(id, promise, &result, completion)?;
            }
        }
        Ok(())
    }

    /// Ends an invocation that has sent what this engine refuses, and for which there is no answer.
    ///
    /// It is not stored, and the same code would send the same again.
    pub(super) fn end_refused(&mut self, id: InvocationId, refusal: Refusal) {
        let Refusal { code, message, .. } = refusal;
        let failure = Failure { code, message, metadata: Vec::new() };
        self.stop_attempt(id);
        self.complete(id, &OutputResult::Failure(failure));
    }

    /// Answers a command that this engine refuses.
    ///
    /// The next attempt would replay past a command in the journal, so it is stored together with its
    /// failure.
    fn answer(&mut self, id: InvocationId, frame: &Frame, answer: Answer, failure: Failure) {
        let Answer { ty, completion, id_completion } = answer;
        self.append(id, frame);
        if let Some(id_completion) = id_completion {
            // A handler may await the id of its callee, and no failure can answer that. It gets an
            // id that no invocation has.
            let callee = self.machine.ids.next_id(self.now).to_string();
            let (ty, callee) =
                (MessageType::CallInvocationIdCompletion, NotificationResult::InvocationId(callee));
            self.complete_entry(id, id_completion, ty, callee);
        }
        self.complete_entry(id, completion, ty, NotificationResult::Failure(failure));
    }

    fn append(&mut self, id: InvocationId, frame: &Frame) {
        let now = self.now;
        if let Some(invocation) = self.known(id) {
            invocation.append_command(frame.raw(), now);
            self.touch(id);
        }
    }

    /// The invocation whose command is being read, which therefore is running.
    pub(super) fn invocation(&mut self, id: InvocationId) -> Result<&mut Invocation, CommandError> {
        self.known(id).ok_or_else(|| violation("the invocation has ended".to_owned()))
    }
}

pub(super) fn violation(message: String) -> CommandError {
    CommandError::Violation(message)
}

#[cfg(test)]
impl CommandError {
    /// What a flawed machine makes of a refusal: an attempt that failed.
    fn flawed(self) -> Self {
        match self {
            Self::Refused(refusal) => Self::Violation(refusal.message),
            other => other,
        }
    }
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

impl From<&str> for CommandError {
    fn from(message: &str) -> Self {
        Self::Violation(message.to_owned())
    }
}

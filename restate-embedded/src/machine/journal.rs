use std::mem;

use bytes::{BufMut, Bytes, BytesMut};
use prost::Message as _;
use restate_core::wire::{
    framing,
    protocol::{
        Message, MessageType, Notification, NotificationId, NotificationResult,
        ProposeRunCompletion, ProposeRunCompletionAck, ProposedRunResult, Value,
    },
};

use super::{
    Machine,
    effects::{Action, Effects, Start},
    invocation::{Attempt, Invocation, Status},
};
use crate::{id::InvocationId, store::Write};

impl Machine {
    /// Adds a notification to a journal, and hands it to whoever waits for it there.
    pub(super) fn notify(
        &mut self,
        id: InvocationId,
        ty: MessageType,
        notification: &Notification,
    ) {
        let Some(invocation) = self.invocations.get_mut(&id) else { return };
        let start = invocation.tail.len();
        encode(ty, notification, &mut invocation.tail);
        let about = notification.id.as_ref();
        if let Status::Running(attempt) = &mut invocation.status {
            let frame = &invocation.tail[start..];
            deliver(attempt, about, self.now, |outbox| outbox.extend_from_slice(frame));
        }
        let awaited = match &invocation.status {
            Status::Suspended(waiting) => about.is_some_and(|about| waiting.contains(about)),
            _ => false,
        };
        self.touch(id);
        if awaited {
            self.effects.writes.push(Write::Resume { id });
            self.attempt(id);
        }
    }

    /// Adds the result of a `run` closure to the journal, and tells the attempt that it is stored.
    pub(super) fn store_run(&mut self, id: InvocationId, run: ProposeRunCompletion, ack: bool) {
        let Some(invocation) = self.invocations.get_mut(&id) else { return };
        let about = NotificationId::CompletionId(run.result_completion_id);
        let result = run.result.map(|result| match result {
            ProposedRunResult::Value(bytes) => NotificationResult::Value(Value::from(bytes)),
            ProposedRunResult::Failure(failure) => NotificationResult::Failure(failure),
        });
        let completion = Notification { id: Some(about.clone()), result };
        let start = invocation.tail.len();
        encode(MessageType::RunCompletion, &completion, &mut invocation.tail);
        if let Status::Running(attempt) = &mut invocation.status {
            if ack {
                let ack = ProposeRunCompletionAck { completion_id: run.result_completion_id };
                deliver(attempt, Some(&about), self.now, |outbox| framing::encode(&ack, outbox));
            } else {
                let frame = &invocation.tail[start..];
                deliver(attempt, Some(&about), self.now, |outbox| outbox.extend_from_slice(frame));
            }
        }
        self.progressed(id);
    }

    /// Adds a command's frame to the journal.
    pub(super) fn store_command(&mut self, id: InvocationId, frame: &Bytes) {
        if let Some(invocation) = self.invocations.get_mut(&id) {
            invocation.tail.extend_from_slice(frame);
            self.progressed(id);
        }
    }

    fn progressed(&mut self, id: InvocationId) {
        if let Some(invocation) = self.invocations.get_mut(&id) {
            invocation.failures = 0;
            invocation.error = None;
            invocation.progressed = self.now;
            self.touch(id);
        }
    }

    /// Has what the step leaves in an invocation turned into effects at its end.
    pub(super) fn touch(&mut self, id: InvocationId) {
        // Most steps are about one invocation, message by message.
        if self.touched.last() != Some(&id) {
            self.touched.push(id);
        }
    }
}

fn deliver(
    attempt: &mut Attempt,
    about: Option<&NotificationId>,
    now: u64,
    frame: impl FnOnce(&mut BytesMut),
) {
    attempt.active = now;
    match &mut attempt.missed {
        Some(missed) => missed.extend(about.cloned()),
        None => frame(&mut attempt.outbox),
    }
}

/// Says to an attempt that nothing more will come after this step.
pub(super) fn close_input(attempt: &mut Attempt) {
    if attempt.missed.is_none() {
        attempt.missed = Some(Vec::new());
        attempt.closing = true;
    }
}

/// Turns what a step left in an invocation into effects: its journal entries, what its attempt is
/// to receive, or the start of that attempt.
pub(super) fn flush(invocation: &mut Invocation, now: u64, effects: &mut Effects) {
    store_tail(invocation, effects);
    let id = invocation.id;
    let Status::Running(attempt) = &mut invocation.status else { return };
    if attempt.starting {
        // The new attempt replays the journal up to here. Parts that later steps add before it
        // reads are beyond `parts` and reach it through its outbox, once.
        attempt.starting = false;
        attempt.outbox.clear();
        effects.actions.push(Action::Start(Box::new(Start {
            id,
            attempt: attempt.number,
            target: invocation.target.clone(),
            idempotency_key: invocation.idempotency_key.clone().filter(|key| !key.is_empty()),
            limit_key: invocation.limit_key.clone(),
            parts: invocation.parts,
            input: invocation.input.take(),
            failures: invocation.failures,
            since_progress: now.saturating_sub(invocation.progressed),
        })));
    } else if !attempt.outbox.is_empty() {
        let bytes = attempt.outbox.split().freeze();
        effects.actions.push(Action::Deliver { attempt: attempt.number, bytes });
    }
    if mem::take(&mut attempt.closing) {
        effects.actions.push(Action::CloseInput { attempt: attempt.number });
    }
}

/// Turns the journal entries that a step left in an invocation into a write.
pub(super) fn store_tail(invocation: &mut Invocation, effects: &mut Effects) {
    if !invocation.tail.is_empty() {
        let frames = invocation.tail.split().freeze();
        let (id, part) = (invocation.id, invocation.parts);
        effects.writes.push(Write::Append { id, part, frames });
        invocation.parts += 1;
    }
}

/// The frame of a message of `M`'s type.
pub(super) fn frame<M: Message>(message: &M) -> Bytes {
    framing::Frame::new(message).raw().clone()
}

fn encode(ty: MessageType, notification: &Notification, buffer: &mut BytesMut) {
    let length = notification.encoded_len();
    buffer.reserve(framing::HEADER_LENGTH + length);
    buffer.put_u16(ty.id());
    buffer.put_u16(0);
    buffer.put_u32(u32::try_from(length).expect("a payload is shorter than 4 GiB"));
    notification.encode_raw(buffer);
}

//! What the engine tells the attempt: completions and signals.

use std::hash::{DefaultHasher, Hash, Hasher};

use bytes::Bytes;
use restate_core::wire::{
    framing::Frame,
    protocol::{self, MessageType, Notification, NotificationId, NotificationResult, Value},
};

use super::Script;

impl Script {
    /// Stores a notification and passes it on.
    pub fn notify(&mut self, ty: MessageType, id: NotificationId, result: NotificationResult) {
        let frame = notification(ty, id, result);
        self.push(frame.raw().clone());
        self.journal.push(frame);
    }

    /// The response of the call with this completion id.
    pub fn respond(&mut self, id: u32, response: &'static str) {
        self.value(MessageType::CallCompletion, id, response);
    }

    /// The failure of the call with this completion id.
    pub fn fail(&mut self, id: u32, code: u32, message: &str) {
        self.failure(MessageType::CallCompletion, id, code, message);
    }

    /// The id of the invocation that a call or send has started.
    pub fn started(&mut self, id: u32, invocation_id: &str) {
        self.notify(
            MessageType::CallInvocationIdCompletion,
            NotificationId::CompletionId(id),
            NotificationResult::InvocationId(invocation_id.to_owned()),
        );
    }

    /// The timer with this completion id has fired.
    pub fn wake_up(&mut self, id: u32) {
        self.void(MessageType::SleepCompletion, id);
    }

    /// A completion with a value.
    pub fn value(&mut self, ty: MessageType, id: u32, content: &'static str) {
        self.notify(ty, NotificationId::CompletionId(id), value(content));
    }

    /// A completion without one.
    pub fn void(&mut self, ty: MessageType, id: u32) {
        let void = NotificationResult::Void(protocol::Void {});
        self.notify(ty, NotificationId::CompletionId(id), void);
    }

    /// A completion with a failure.
    pub fn failure(&mut self, ty: MessageType, id: u32, code: u32, message: &str) {
        let failure = protocol::Failure { code, message: message.to_owned(), metadata: vec![] };
        self.notify(ty, NotificationId::CompletionId(id), NotificationResult::Failure(failure));
    }

    /// A signal by number, as awakeables receive it.
    pub fn signal(&mut self, id: u32, content: &'static str) {
        self.notify(MessageType::Signal, NotificationId::SignalId(id), value(content));
    }

    /// A signal by name.
    pub fn named_signal(&mut self, name: &str, content: &'static str) {
        let id = NotificationId::SignalName(name.to_owned());
        self.notify(MessageType::Signal, id, value(content));
    }

    /// The invocation is cancelled.
    pub fn cancel(&mut self) {
        let void = NotificationResult::Void(protocol::Void {});
        self.notify(MessageType::Signal, NotificationId::SignalId(1), void);
    }

    /// The proposed result of this run is stored.
    pub fn acknowledge_run(&mut self, id: u32) {
        let at = self.unacknowledged.iter().position(|(proposed, _)| *proposed == id);
        let (_, result) = self.unacknowledged.remove(at.expect("nothing proposed for this run"));
        let stored =
            notification(MessageType::RunCompletion, NotificationId::CompletionId(id), result);
        if self.version >= 7 {
            let ack = protocol::ProposeRunCompletionAck { completion_id: id };
            self.push(Frame::new(&ack).raw().clone());
        } else {
            self.push(stored.raw().clone());
        }
        self.journal.push(stored);
    }

    /// Completes the first open operation in the order that `seed` determines; false if none is open.
    pub fn complete_next(&mut self, seed: u64) -> bool {
        let rank = |operation: &Operation| {
            let mut hasher = DefaultHasher::new();
            (seed, operation.id()).hash(&mut hasher);
            hasher.finish()
        };
        let Some(next) = self.open_operations().into_iter().min_by_key(rank) else { return false };
        match next {
            Operation::Call(id) => self.respond(id, "hello"),
            Operation::Sleep(id) => self.wake_up(id),
            Operation::Run(id) => self.acknowledge_run(id),
        }
        true
    }

    fn open_operations(&self) -> Vec<Operation> {
        let completed: Vec<_> = self
            .journal
            .iter()
            .filter(|entry| entry.ty().is_notification())
            .map(|entry| entry.decode_notification().unwrap().id.unwrap())
            .collect();
        let is_open = |id| !completed.contains(&NotificationId::CompletionId(id));
        let commands = self.journal.iter().filter_map(|entry| match entry.ty() {
            MessageType::CallCommand => {
                let call: protocol::CallCommand = entry.decode().unwrap();
                is_open(call.result_completion_id)
                    .then_some(Operation::Call(call.result_completion_id))
            }
            MessageType::SleepCommand => {
                let sleep: protocol::SleepCommand = entry.decode().unwrap();
                is_open(sleep.result_completion_id)
                    .then_some(Operation::Sleep(sleep.result_completion_id))
            }
            _ => None,
        });
        let proposed = self.unacknowledged.iter().map(|(id, _)| Operation::Run(*id));
        commands.chain(proposed).collect()
    }
}

/// An operation that a handler awaits, by completion id.
#[derive(Clone, Copy)]
enum Operation {
    Call(u32),
    Sleep(u32),
    Run(u32),
}

impl Operation {
    fn id(self) -> u32 {
        match self {
            Self::Call(id) | Self::Sleep(id) | Self::Run(id) => id,
        }
    }
}

/// The frame of a notification.
fn notification(ty: MessageType, id: NotificationId, result: NotificationResult) -> Frame {
    Frame::notification(ty, &Notification { id: Some(id), result: Some(result) })
}

fn value(content: &'static str) -> NotificationResult {
    NotificationResult::Value(Value { content: Bytes::from_static(content.as_bytes()) })
}

use bytes::{Bytes, BytesMut};
use restate_core::wire::{
    framing,
    protocol::{MessageType, Notification, ProtocolMessage},
};

use crate::{model::id::InvocationId, store::Write};

/// The end of a journal: the entries that the step under way adds to it.
///
/// What a step adds becomes one part, however many entries it is: a row for each entry would cost
/// more than the entries themselves.
#[derive(Debug)]
pub(super) struct Tail {
    /// Parts that are stored.
    parts: u32,
    /// Frames that this step adds; empty between steps.
    frames: BytesMut,
}

impl Tail {
    /// The tail of a journal of which this many parts are stored.
    pub(super) fn new(parts: u32) -> Self {
        Self { parts, frames: BytesMut::new() }
    }

    pub(super) fn parts(&self) -> u32 {
        self.parts
    }

    /// Whether the journal holds nothing but the input.
    pub(super) fn is_input_only(&self) -> bool {
        self.parts == 0 && self.frames.is_empty()
    }

    /// Whether everything is stored.
    #[cfg(test)]
    pub(super) fn is_flushed(&self) -> bool {
        self.frames.is_empty()
    }

    pub(super) fn push_command(&mut self, frame: &Bytes) {
        self.frames.extend_from_slice(frame);
    }

    /// Adds a notification. Returns its frame.
    pub(super) fn push_notification(
        &mut self,
        ty: MessageType,
        notification: &Notification,
    ) -> &[u8] {
        let start = self.frames.len();
        framing::encode_notification(ty, notification, &mut self.frames);
        &self.frames[start..]
    }

    /// Turns what this step has added into a write.
    pub(super) fn flush(&mut self, id: InvocationId, writes: &mut Vec<Write>) {
        if !self.frames.is_empty() {
            let frames = self.frames.split().freeze();
            writes.push(Write::Append { id, part: self.parts, frames });
            self.parts += 1;
        }
    }
}

/// The frame of a message of `M`'s type.
pub(super) fn frame<M: ProtocolMessage>(message: &M) -> Bytes {
    framing::Frame::new(message).raw().clone()
}

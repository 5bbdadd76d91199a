use bytes::{Bytes, BytesMut};
use restate_core::wire::{
    framing,
    protocol::{MessageType, Notification, ProtocolMessage},
};

use crate::{model::id::InvocationId, store::Write};

/// The length of a part, in bytes, from which the next entry begins another one. A part becomes one
/// value in the database, which holds 10^9 bytes at most and is slow to write long before that.
const FULL_PART: usize = 1 << 20;

/// The end of a journal: the entries that the step under way adds to it.
///
/// What a step adds becomes one part, however many entries it is, unless it is long: a row for each
/// entry would cost more than the entries themselves.
#[derive(Debug)]
pub(super) struct Tail {
    /// Parts that are stored.
    parts: u32,
    /// Bytes of all entries.
    bytes: u64,
    /// Parts that this step has filled; empty between steps.
    full: Vec<Bytes>,
    /// Frames that this step adds after them; empty between steps.
    frames: BytesMut,
}

impl Tail {
    /// The tail of a journal of which this many parts with this many bytes are stored.
    pub(super) fn new(parts: u32, bytes: u64) -> Self {
        Self { parts, bytes, full: Vec::new(), frames: BytesMut::new() }
    }

    pub(super) fn parts(&self) -> u32 {
        self.parts
    }

    /// The length of the journal, without the input.
    pub(super) fn bytes(&self) -> u64 {
        self.bytes
    }

    /// Whether the journal holds nothing but the input.
    pub(super) fn is_input_only(&self) -> bool {
        self.parts == 0 && self.frames.is_empty()
    }

    /// Whether everything is stored.
    #[cfg(test)]
    pub(super) fn is_flushed(&self) -> bool {
        self.frames.is_empty() && self.full.is_empty()
    }

    pub(super) fn push_command(&mut self, frame: &Bytes) {
        self.make_room(frame.len());
        self.frames.extend_from_slice(frame);
        self.bytes += frame.len() as u64;
    }

    /// Adds a notification, unless the journal has more than `limit` bytes with it. Returns its frame, or
    /// how many bytes the journal would have.
    pub(super) fn push_notification(
        &mut self,
        ty: MessageType,
        notification: &Notification,
        limit: u64,
    ) -> Result<&[u8], u64> {
        if !self.frames.is_empty() {
            self.make_room(framing::notification_length(notification));
        }
        let start = self.frames.len();
        framing::encode_notification(ty, notification, &mut self.frames);
        let length = self.bytes + (self.frames.len() - start) as u64;
        if length > limit {
            self.frames.truncate(start);
            return Err(length);
        }
        self.bytes = length;
        Ok(&self.frames[start..])
    }

    /// Begins another part, if the one under way gets too long with `added` more bytes.
    fn make_room(&mut self, added: usize) {
        if !self.frames.is_empty() && self.frames.len() + added > FULL_PART {
            self.full.push(self.frames.split().freeze());
        }
    }

    /// Turns what this step has added into writes.
    pub(super) fn flush(&mut self, id: InvocationId, writes: &mut Vec<Write>) {
        for frames in self.full.drain(..) {
            writes.push(Write::Append { id, part: self.parts, frames });
            self.parts += 1;
        }
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

#[cfg(test)]
mod tests {
    use restate_core::wire::protocol::{NotificationId, NotificationResult};

    use super::*;

    #[test]
    fn long_journals_are_written_in_parts_of_whole_entries() {
        let mut tail = Tail::new(3, 100);
        let lengths = [10, FULL_PART - 10, 1, FULL_PART, 3 * FULL_PART, 5, 6];
        for length in lengths {
            tail.push_command(&vec![7; length].into());
        }
        assert_eq!(tail.bytes(), 100 + lengths.iter().sum::<usize>() as u64);
        let mut writes = Vec::new();
        tail.flush(InvocationId::new(1, 1, 2), &mut writes);
        let parts: Vec<_> = writes
            .into_iter()
            .map(|write| match write {
                Write::Append { part, frames, .. } => (part, frames.len()),
                other => panic!("{other:?}"),
            })
            .collect();
        let full = FULL_PART;
        assert_eq!(parts, [(3, full), (4, 1), (5, full), (6, 3 * full), (7, 11)]);
        assert!(tail.is_flushed());
    }

    #[test]
    fn a_notification_over_the_limit_is_not_added() {
        let id = Some(NotificationId::CompletionId(1));
        let result = Some(NotificationResult::Value(Bytes::from_static(b"value").into()));
        let notification = Notification { id, result };
        let frame = framing::Frame::notification(MessageType::RunCompletion, &notification);
        let length = frame.raw().len() as u64;
        let push = |tail: &mut Tail, limit| {
            let pushed = tail.push_notification(MessageType::RunCompletion, &notification, limit);
            pushed.map(<[u8]>::to_vec)
        };
        let mut tail = Tail::new(1, 100);
        assert_eq!(push(&mut tail, 100 + length - 1), Err(100 + length));
        assert!(tail.is_flushed());
        assert_eq!(push(&mut tail, 100 + length), Ok(frame.raw().to_vec()));
        assert_eq!(tail.bytes(), 100 + length);
        assert_eq!(push(&mut tail, 100 + 2 * length - 1), Err(100 + 2 * length));
        assert_eq!(push(&mut tail, u64::MAX), Ok(frame.raw().to_vec()));
        let mut writes = Vec::new();
        tail.flush(InvocationId::new(1, 1, 2), &mut writes);
        let [Write::Append { part: 1, frames, .. }] = &writes[..] else { panic!("{writes:?}") };
        assert_eq!(*frames, [&frame.raw()[..], frame.raw()].concat());
    }

    #[test]
    fn a_notification_that_fills_a_part_begins_the_next() {
        let notification = Notification { id: Some(NotificationId::CompletionId(1)), result: None };
        let mut tail = Tail::new(0, 0);
        tail.push_command(&vec![7; FULL_PART].into());
        tail.push_notification(MessageType::SleepCompletion, &notification, u64::MAX).unwrap();
        let mut writes = Vec::new();
        tail.flush(InvocationId::new(1, 1, 2), &mut writes);
        assert_eq!(writes.len(), 2);
    }
}

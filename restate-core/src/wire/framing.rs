//! Frames of the service protocol: an eight-byte header, then one protobuf message.

mod walker;

use std::{fmt, mem};

use bytes::{BufMut, Bytes, BytesMut};
use prost::Message as _;

pub use self::walker::{FrameWalker, StreamError, count_frames};
use super::protocol::{MessageType, Notification, ProtocolMessage};

/// Bytes of a frame's header: type (16 bits), flags (16), length of the body (32), big-endian.
pub const HEADER_LENGTH: usize = 8;

/// The longest body that is accepted where no other limit is set: 1 GiB, half of what protobuf allows.
///
/// It keeps a corrupt length from being believed; sensible limits are much lower.
pub const MAX_BODY_LENGTH: usize = 1 << 30;

const REQUESTED_ACK: u16 = 0x8000;

/// One message of the protocol, not yet decoded.
#[derive(Clone, PartialEq, Eq)]
pub struct Frame {
    ty: MessageType,
    raw: Bytes,
}

impl Frame {
    /// The frame that carries `message`.
    pub fn new<M: ProtocolMessage>(message: &M) -> Self {
        let mut buffer = BytesMut::with_capacity(HEADER_LENGTH + message.encoded_len());
        encode(message, &mut buffer);
        Self { ty: M::TYPE, raw: buffer.freeze() }
    }

    /// The frame that carries `notification`, which is of type `ty`.
    pub fn notification(ty: MessageType, notification: &Notification) -> Self {
        let mut buffer = BytesMut::with_capacity(HEADER_LENGTH + notification.encoded_len());
        encode_notification(ty, notification, &mut buffer);
        Self { ty, raw: buffer.freeze() }
    }

    /// What the body is.
    pub fn ty(&self) -> MessageType {
        self.ty
    }

    /// The encoded message, without the header.
    pub fn body(&self) -> Bytes {
        self.raw.slice(HEADER_LENGTH..)
    }

    /// Header and body, as they were received.
    pub fn raw(&self) -> &Bytes {
        &self.raw
    }

    /// Whether the sender of this frame waits for an acknowledgement.
    pub fn requests_ack(&self) -> bool {
        u16::from_be_bytes([self.raw[2], self.raw[3]]) & REQUESTED_ACK != 0
    }

    /// Decodes the body as `M`.
    ///
    /// # Errors
    ///
    /// When the frame has another type than `M`'s, or its body is not a valid `M`.
    pub fn decode<M: ProtocolMessage>(&self) -> Result<M, FrameError> {
        if self.ty != M::TYPE {
            return Err(FrameError::UnexpectedType { expected: M::TYPE, actual: self.ty });
        }
        self.decode_body()
    }

    /// Decodes the body of a completion or a signal, whichever it is.
    ///
    /// # Errors
    ///
    /// When the body is not a valid notification.
    pub fn decode_notification(&self) -> Result<Notification, FrameError> {
        self.decode_body()
    }

    fn decode_body<M: prost::Message + Default>(&self) -> Result<M, FrameError> {
        M::decode(self.body()).map_err(|source| FrameError::Body { ty: self.ty, source })
    }
}

impl fmt::Debug for Frame {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({} bytes)", self.ty, self.raw.len() - HEADER_LENGTH)
    }
}

/// Appends the frame of `message` to `buffer`.
pub fn encode<M: ProtocolMessage>(message: &M, buffer: &mut BytesMut) {
    encode_with_flags(message, 0, buffer);
}

/// Appends the frame of `message` to `buffer`, asking the receiver to acknowledge it.
pub fn encode_requesting_ack<M: ProtocolMessage>(message: &M, buffer: &mut BytesMut) {
    encode_with_flags(message, REQUESTED_ACK, buffer);
}

/// Appends the frame of `notification`, which is of type `ty`, to `buffer`.
pub fn encode_notification(ty: MessageType, notification: &Notification, buffer: &mut BytesMut) {
    encode_frame(ty, 0, notification, buffer);
}

/// The length of the frame of `notification`.
pub fn notification_length(notification: &Notification) -> usize {
    HEADER_LENGTH + notification.encoded_len()
}

fn encode_with_flags<M: ProtocolMessage>(message: &M, flags: u16, buffer: &mut BytesMut) {
    encode_frame(M::TYPE, flags, message, buffer);
}

fn encode_frame(ty: MessageType, flags: u16, body: &impl prost::Message, buffer: &mut BytesMut) {
    let length = body.encoded_len();
    buffer.reserve(HEADER_LENGTH + length);
    buffer.put_u16(ty.id());
    buffer.put_u16(flags);
    buffer.put_u32(u32::try_from(length).expect("a protobuf message is shorter than 2 GiB"));
    body.encode_raw(buffer);
}

/// Cuts a stream of bytes into frames.
#[derive(Debug)]
pub struct Decoder {
    pending: BytesMut,
    whole: Bytes,
    limit: usize,
}

impl Decoder {
    /// A decoder that refuses bodies longer than `limit` bytes.
    pub fn new(limit: usize) -> Self {
        Self { pending: BytesMut::new(), whole: Bytes::new(), limit }
    }

    /// Adds bytes as they arrived; a chunk that ends with a whole frame is not copied.
    pub fn push(&mut self, chunk: Bytes) {
        if self.pending.is_empty() && self.whole.is_empty() {
            self.whole = chunk;
        } else {
            let rest = mem::take(&mut self.whole);
            self.pending.extend_from_slice(&rest);
            self.pending.extend_from_slice(&chunk);
        }
    }

    /// The next frame, or `None` until more bytes are pushed.
    ///
    /// # Errors
    ///
    /// When the protocol has no such type, or the body is longer than the limit. The stream
    /// cannot be read past such a frame.
    pub fn next_frame(&mut self) -> Result<Option<Frame>, FrameError> {
        let buffered: &[u8] = if self.whole.is_empty() { &self.pending } else { &self.whole };
        let Some((ty, length)) = header(buffered)? else { return Ok(None) };
        if length > self.limit {
            return Err(FrameError::TooLong { ty, length, limit: self.limit });
        }
        let total = HEADER_LENGTH + length;
        if buffered.len() < total {
            return Ok(None);
        }
        let raw = if self.whole.is_empty() {
            self.pending.split_to(total).freeze()
        } else {
            self.whole.split_to(total)
        };
        Ok(Some(Frame { ty, raw }))
    }

    /// Whether the bytes pushed so far end between two frames.
    pub fn is_at_boundary(&self) -> bool {
        self.pending.is_empty() && self.whole.is_empty()
    }
}

/// Refuses only bodies over [`MAX_BODY_LENGTH`].
impl Default for Decoder {
    fn default() -> Self {
        Self::new(MAX_BODY_LENGTH)
    }
}

fn header(buffered: &[u8]) -> Result<Option<(MessageType, usize)>, FrameError> {
    let Some(header) = buffered.first_chunk() else { return Ok(None) };
    let id = u16::from_be_bytes([header[0], header[1]]);
    let ty = MessageType::from_id(id).ok_or(FrameError::UnknownType(id))?;
    Ok(Some((ty, body_length(header))))
}

fn body_length(header: &[u8; HEADER_LENGTH]) -> usize {
    let [.., a, b, c, d] = *header;
    u32::from_be_bytes([a, b, c, d]) as usize
}

/// Bytes that are not frames of the protocol.
#[derive(Debug)]
#[non_exhaustive]
pub enum FrameError {
    /// The protocol has no type with the number in a header.
    UnknownType(u16),
    /// The body is longer than the decoder accepts.
    TooLong {
        /// What the header announced.
        ty: MessageType,
        /// Its length in bytes.
        length: usize,
        /// The longest accepted body, in bytes.
        limit: usize,
    },
    /// Another message was expected here.
    UnexpectedType {
        /// What the receiver can handle at this point.
        expected: MessageType,
        /// What arrived.
        actual: MessageType,
    },
    /// The body is not a valid protobuf message of its type.
    Body {
        /// What the header announced.
        ty: MessageType,
        /// What the decoder stumbled on.
        source: prost::DecodeError,
    },
}

impl fmt::Display for FrameError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::UnknownType(id) => write!(f, "unknown protocol message type {id:#06x}"),
            Self::TooLong { ty, length, limit } => {
                write!(f, "{ty} of {length} bytes is over the limit of {limit} bytes")
            }
            Self::UnexpectedType { expected, actual } => {
                write!(f, "expected {expected}, received {actual}")
            }
            Self::Body { ty, .. } => write!(f, "the body of {ty} is not valid protobuf"),
        }
    }
}

impl std::error::Error for FrameError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Body { source, .. } => Some(source),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{super::protocol::SleepCommand, *};

    fn sleep(id: u32) -> SleepCommand {
        SleepCommand { wake_up_time: 5, result_completion_id: id, name: String::new() }
    }

    fn two_frames() -> Bytes {
        let mut buffer = BytesMut::new();
        encode(&sleep(1), &mut buffer);
        encode_requesting_ack(&sleep(2), &mut buffer);
        buffer.freeze()
    }

    #[test]
    fn frames_come_out_the_same_wherever_the_stream_is_cut() {
        let stream = two_frames();
        for cut in 0..=stream.len() {
            let mut decoder = Decoder::new(1024);
            let mut frames = Vec::new();
            for chunk in [stream.slice(..cut), stream.slice(cut..)] {
                decoder.push(chunk);
                while let Some(frame) = decoder.next_frame().unwrap() {
                    frames.push(frame);
                }
            }
            assert!(decoder.is_at_boundary());
            let [first, second] = frames.try_into().expect("two frames");
            assert_eq!(first.decode::<SleepCommand>().unwrap(), sleep(1), "cut at {cut}");
            assert_eq!(second.decode::<SleepCommand>().unwrap(), sleep(2), "cut at {cut}");
            assert_eq!((first.requests_ack(), second.requests_ack()), (false, true));
        }
    }

    #[test]
    fn frames_are_counted_where_they_end() {
        let stream = two_frames();
        let first = stream.len() - Frame::new(&sleep(2)).raw().len();
        for cut in 0..=stream.len() {
            let mut walker = FrameWalker::default();
            let before = walker.advance(&stream[..cut]).unwrap();
            let expected = if cut == stream.len() { 2 } else { usize::from(cut >= first) };
            assert_eq!(before, expected, "cut at {cut}");
            assert_eq!(before + walker.advance(&stream[cut..]).unwrap(), 2, "cut at {cut}");
            assert_eq!(count_frames(&stream[..cut]) as usize, expected, "cut at {cut}");
        }
    }

    #[test]
    fn part_of_a_frame_is_neither_a_frame_nor_a_boundary() {
        let mut decoder = Decoder::new(1024);
        decoder.push(two_frames().slice(..11));
        assert!(decoder.next_frame().unwrap().is_none());
        assert!(!decoder.is_at_boundary());
    }

    #[test]
    fn an_unknown_type_is_refused() {
        let mut decoder = Decoder::new(1024);
        decoder.push(Bytes::from_static(&[0x7f, 0xff, 0, 0, 0, 0, 0, 0]));
        let error = decoder.next_frame().unwrap_err();
        assert_eq!(error.to_string(), "unknown protocol message type 0x7fff");
    }

    #[test]
    fn a_body_over_the_limit_is_refused_before_it_arrives() {
        let mut decoder = Decoder::new(16);
        decoder.push(Bytes::from_static(&[0x04, 0x0c, 0, 0, 0, 0, 0, 17]));
        let error = decoder.next_frame().unwrap_err();
        assert_eq!(error.to_string(), "SleepCommand of 17 bytes is over the limit of 16 bytes");
    }

    #[test]
    fn a_body_that_is_not_its_message_is_refused() {
        let mut decoder = Decoder::new(16);
        decoder.push(Bytes::from_static(&[0x04, 0x0c, 0, 0, 0, 0, 0, 1, 0x08]));
        let frame = decoder.next_frame().unwrap().expect("one frame");
        let error = frame.decode::<SleepCommand>().unwrap_err();
        assert_eq!(error.to_string(), "the body of SleepCommand is not valid protobuf");
    }
}

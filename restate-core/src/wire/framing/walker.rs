use std::fmt;

use super::{HEADER_LENGTH, MAX_BODY_LENGTH, body_length};

/// Follows the frames of a stream of bytes that passes by, without keeping the bytes.
///
/// Message types are not looked at: the receiver of the stream decodes the frames and reports them.
#[derive(Debug)]
pub struct FrameWalker {
    limit: usize,
    position: Position,
}

/// Position in a stream of frames.
#[derive(Clone, Copy, Debug)]
enum Position {
    Header { bytes: [u8; HEADER_LENGTH], filled: usize },
    Body { length: usize, missing: usize },
}

impl Position {
    const BOUNDARY: Self = Self::Header { bytes: [0; HEADER_LENGTH], filled: 0 };
}

impl FrameWalker {
    /// A walker that refuses bodies longer than `limit` bytes.
    pub fn new(limit: usize) -> Self {
        Self { limit, position: Position::BOUNDARY }
    }

    /// How many frames end in the next chunk of the stream.
    ///
    /// # Errors
    ///
    /// When a header in it announces a body over the limit, before that body arrives.
    pub fn advance(&mut self, mut chunk: &[u8]) -> Result<usize, StreamError> {
        let mut ended = 0;
        while !chunk.is_empty() {
            let taken;
            (self.position, taken) = match self.position {
                Position::Header { mut bytes, filled } => {
                    let taken = chunk.len().min(HEADER_LENGTH - filled);
                    bytes[filled..filled + taken].copy_from_slice(&chunk[..taken]);
                    let filled = filled + taken;
                    let position = match filled {
                        HEADER_LENGTH => self.body(body_length(&bytes))?,
                        _ => Position::Header { bytes, filled },
                    };
                    (position, taken)
                }
                Position::Body { length, missing } => {
                    let taken = chunk.len().min(missing);
                    (Position::Body { length, missing: missing - taken }, taken)
                }
            };
            chunk = &chunk[taken..];
            if let Position::Body { missing: 0, .. } = self.position {
                self.position = Position::BOUNDARY;
                ended += 1;
            }
        }
        Ok(ended)
    }

    fn body(&self, length: usize) -> Result<Position, StreamError> {
        if length > self.limit {
            return Err(StreamError::TooLong { length, limit: self.limit });
        }
        Ok(Position::Body { length, missing: length })
    }

    /// Checks that the stream may end here.
    ///
    /// # Errors
    ///
    /// When it is in the middle of a frame.
    pub fn check_end(&self) -> Result<(), StreamError> {
        match self.position {
            Position::Header { filled: 0, .. } => Ok(()),
            Position::Header { filled, .. } => Err(StreamError::Truncated {
                part: "header",
                received: filled,
                length: HEADER_LENGTH,
            }),
            Position::Body { length, missing } => {
                Err(StreamError::Truncated { part: "message", received: length - missing, length })
            }
        }
    }
}

/// Refuses only bodies over [`MAX_BODY_LENGTH`].
impl Default for FrameWalker {
    fn default() -> Self {
        Self::new(MAX_BODY_LENGTH)
    }
}

/// How many frames these bytes are, as the protocol counts journal entries.
pub fn count_frames(bytes: &[u8]) -> u32 {
    let frames = FrameWalker::new(usize::MAX).advance(bytes).unwrap_or_default();
    u32::try_from(frames).unwrap_or(u32::MAX)
}

/// A stream of frames that cannot be followed any further.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StreamError {
    /// A header announces a body over the limit.
    TooLong {
        /// Its length in bytes.
        length: usize,
        /// The longest accepted body, in bytes.
        limit: usize,
    },
    /// The stream ended in the middle of a frame.
    Truncated {
        /// `header` or `message`.
        part: &'static str,
        /// How many bytes of the part arrived.
        received: usize,
        /// How many bytes the part has.
        length: usize,
    },
}

impl fmt::Display for StreamError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TooLong { length, limit } => {
                write!(f, "a message of {length} bytes is over the limit of {limit} bytes")
            }
            Self::Truncated { part, received, length } => {
                write!(f, "the stream ended after {received} of the {length} bytes of a {part}")
            }
        }
    }
}

impl std::error::Error for StreamError {}

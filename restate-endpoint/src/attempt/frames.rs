//! Watches the frames of a request pass by, and stops at one that is too long or cut off.

use std::{
    fmt,
    pin::Pin,
    task::{Context, Poll, ready},
};

use bytes::Bytes;
use http_body::{Body, Frame};
use restate_core::engine::framing::HEADER_LENGTH;

/// A request body whose frames are checked as they pass; an error ends it.
#[derive(Debug)]
pub(crate) struct Guarded<B> {
    body: B,
    limit: usize,
    place: Place,
}

/// Where in the stream of frames the body is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Place {
    Header { bytes: [u8; HEADER_LENGTH], filled: usize },
    Body { length: usize, missing: usize },
}

impl Place {
    const BOUNDARY: Self = Self::Header { bytes: [0; HEADER_LENGTH], filled: 0 };
}

impl<B> Guarded<B> {
    /// Refuses frames whose body is longer than `limit` bytes.
    pub(crate) fn new(body: B, limit: usize) -> Self {
        Self { body, limit, place: Place::BOUNDARY }
    }

    fn pass(&mut self, mut chunk: &[u8]) -> Result<(), Fault> {
        while !chunk.is_empty() {
            self.place = match self.place {
                Place::Header { mut bytes, filled } => {
                    let taken = chunk.len().min(HEADER_LENGTH - filled);
                    bytes[filled..filled + taken].copy_from_slice(&chunk[..taken]);
                    chunk = &chunk[taken..];
                    match filled + taken {
                        HEADER_LENGTH => self.frame_of(bytes)?,
                        filled => Place::Header { bytes, filled },
                    }
                }
                Place::Body { length, missing } => {
                    let taken = chunk.len().min(missing);
                    chunk = &chunk[taken..];
                    match missing - taken {
                        0 => Place::BOUNDARY,
                        missing => Place::Body { length, missing },
                    }
                }
            };
        }
        Ok(())
    }

    fn frame_of(&self, header: [u8; HEADER_LENGTH]) -> Result<Place, Fault> {
        let [.., a, b, c, d] = header;
        match u32::from_be_bytes([a, b, c, d]) as usize {
            0 => Ok(Place::BOUNDARY),
            length if length > self.limit => Err(Fault::TooLong { length, limit: self.limit }),
            length => Ok(Place::Body { length, missing: length }),
        }
    }

    fn end(&self) -> Result<(), Fault> {
        match self.place {
            Place::Header { filled: 0, .. } => Ok(()),
            Place::Header { filled, .. } => {
                Err(Fault::CutOff { received: filled, length: HEADER_LENGTH, part: "header" })
            }
            Place::Body { length, missing } => {
                Err(Fault::CutOff { received: length - missing, length, part: "message" })
            }
        }
    }
}

impl<B> Body for Guarded<B>
where
    B: Body<Data = Bytes> + Unpin,
    B::Error: fmt::Display,
{
    type Data = Bytes;
    type Error = Fault;

    fn poll_frame(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Fault>>> {
        let guarded = self.get_mut();
        let checked = match ready!(Pin::new(&mut guarded.body).poll_frame(cx)) {
            Some(Ok(frame)) => {
                let chunk = frame.data_ref().map_or(&[][..], |chunk| chunk);
                Some(guarded.pass(chunk).map(|()| frame))
            }
            Some(Err(error)) => Some(Err(Fault::Lost(error.to_string()))),
            None => guarded.end().err().map(Err),
        };
        Poll::Ready(checked)
    }
}

/// Why the rest of a request cannot be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Fault {
    TooLong { length: usize, limit: usize },
    CutOff { received: usize, length: usize, part: &'static str },
    Lost(String),
}

impl Fault {
    /// The code that the server is told.
    pub(crate) fn code(&self) -> u32 {
        const PAYLOAD_TOO_LARGE: u32 = 413;
        const PROTOCOL_VIOLATION: u32 = 571;

        match self {
            Self::TooLong { .. } => PAYLOAD_TOO_LARGE,
            Self::CutOff { .. } | Self::Lost(_) => PROTOCOL_VIOLATION,
        }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TooLong { length, limit } => write!(
                f,
                "a message of {length} bytes is over the endpoint's limit of {limit} bytes; \
                 raise `message_limit` where the endpoint is built"
            ),
            Self::CutOff { received, length, part } => {
                write!(f, "the request ended after {received} of the {length} bytes of a {part}")
            }
            Self::Lost(error) => write!(f, "the request was lost: {error}"),
        }
    }
}

impl std::error::Error for Fault {}

#[cfg(test)]
mod tests {
    use super::*;

    fn frame(length: u8) -> Vec<u8> {
        let mut frame = vec![0, 0, 0, 0, 0, 0, 0, length];
        frame.resize(HEADER_LENGTH + usize::from(length), 7);
        frame
    }

    fn guarded(limit: usize) -> Guarded<()> {
        Guarded::new((), limit)
    }

    #[test]
    fn whole_frames_pass_wherever_they_are_cut() {
        let stream = [frame(3), frame(0), frame(5)].concat();
        for cut in 0..=stream.len() {
            let mut guarded = guarded(5);
            guarded.pass(&stream[..cut]).unwrap();
            guarded.pass(&stream[cut..]).unwrap();
            assert_eq!(guarded.end(), Ok(()), "cut at {cut}");
        }
    }

    #[test]
    fn a_long_frame_is_refused_before_its_body_arrives() {
        let error = guarded(5).pass(&frame(6)[..HEADER_LENGTH]).unwrap_err();
        assert_eq!(error, Fault::TooLong { length: 6, limit: 5 });
        assert_eq!(error.code(), 413);
    }

    #[test]
    fn an_end_within_a_frame_is_a_fault() {
        let mut guarded = guarded(5);
        guarded.pass(&frame(5)[..11]).unwrap();
        let error = guarded.end().unwrap_err();
        assert_eq!(error.to_string(), "the request ended after 3 of the 5 bytes of a message");
        assert_eq!(error.code(), 571);
    }

    #[test]
    fn an_end_within_a_header_is_a_fault() {
        let mut guarded = guarded(5);
        guarded.pass(&frame(5)[..2]).unwrap();
        let error = guarded.end().unwrap_err();
        assert_eq!(error.to_string(), "the request ended after 2 of the 8 bytes of a header");
    }
}

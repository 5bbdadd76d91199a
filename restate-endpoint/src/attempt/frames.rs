//! Checks the frames of a request as they arrive: none is too long, none is cut off.

use std::{
    fmt,
    pin::Pin,
    task::{Context, Poll, ready},
    time::Duration,
};

use bytes::Bytes;
use http_body::{Body, Frame};
use http_body_util::{BodyExt as _, Collected};
use restate_core::{
    server::AdmittedBody,
    wire::framing::{FrameWalker, StreamError},
};

/// A request body that ends with an error at a frame that is too long or cut off.
///
/// The length is checked when the header arrives, before the state machine of the attempt buffers
/// the message.
#[derive(Debug)]
pub(crate) struct CheckedBody<B> {
    body: B,
    frames: FrameWalker,
    memory: AdmittedBody,
    /// Whether the whole body is in memory already, and `memory` has admitted it.
    is_collected: bool,
}

impl<B> CheckedBody<B> {
    /// Accepts frames with a body of up to `limit` bytes, while `memory` admits them.
    pub(crate) fn new(body: B, limit: usize, memory: AdmittedBody) -> Self {
        Self { body, frames: FrameWalker::new(limit), memory, is_collected: false }
    }

    fn advance(&mut self, chunk: &[u8]) -> Result<(), RequestError> {
        self.frames.advance(chunk)?;
        if !self.is_collected && !self.memory.admit(chunk.len()) {
            return Err(RequestError::OutOfMemory);
        }
        Ok(())
    }

    fn check_end(&self) -> Result<(), RequestError> {
        Ok(self.frames.check_end()?)
    }
}

impl<B> Body for CheckedBody<B>
where
    B: Body<Data = Bytes> + Unpin,
    B::Error: fmt::Display,
{
    type Data = Bytes;
    type Error = RequestError;

    fn poll_frame(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, RequestError>>> {
        let checked = self.get_mut();
        let polled = match ready!(Pin::new(&mut checked.body).poll_frame(cx)) {
            Some(Ok(frame)) => {
                let chunk = frame.data_ref().map_or(&[][..], |chunk| chunk);
                Some(checked.advance(chunk).map(|()| frame))
            }
            Some(Err(error)) => Some(Err(RequestError::Lost(error.to_string()))),
            None => checked.check_end().err().map(Err),
        };
        Poll::Ready(polled)
    }
}

impl<B> CheckedBody<B>
where
    B: Body<Data = Bytes> + Unpin,
    B::Error: fmt::Display,
{
    /// The whole request, which keeps its memory.
    pub(crate) async fn collect(
        mut self,
        timeout: Duration,
    ) -> Result<CheckedBody<Collected<Bytes>>, RequestError> {
        let received = tokio::time::timeout(timeout, (&mut self).collect()).await;
        let body = received.unwrap_or(Err(RequestError::TooSlow(timeout)))?;
        let frames = FrameWalker::new(usize::MAX);
        Ok(CheckedBody { body, frames, memory: self.memory, is_collected: true })
    }
}

/// Why the rest of a request cannot be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum RequestError {
    TooLong { length: usize, limit: usize },
    Truncated { received: usize, length: usize, part: &'static str },
    Lost(String),
    OutOfMemory,
    TooSlow(Duration),
}

impl From<StreamError> for RequestError {
    fn from(error: StreamError) -> Self {
        match error {
            StreamError::TooLong { length, limit } => Self::TooLong { length, limit },
            StreamError::Truncated { part, received, length } => {
                Self::Truncated { received, length, part }
            }
        }
    }
}

impl RequestError {
    /// The code of the error message to the server.
    pub(crate) fn code(&self) -> u32 {
        const PAYLOAD_TOO_LARGE: u32 = 413;
        const REQUEST_TIMEOUT: u32 = 408;
        const UNAVAILABLE: u32 = 503;
        // Restate's own code, outside of HTTP's.
        const PROTOCOL_VIOLATION: u32 = 571;

        match self {
            Self::TooLong { .. } => PAYLOAD_TOO_LARGE,
            Self::Truncated { .. } | Self::Lost(_) => PROTOCOL_VIOLATION,
            Self::OutOfMemory => UNAVAILABLE,
            Self::TooSlow(_) => REQUEST_TIMEOUT,
        }
    }
}

impl fmt::Display for RequestError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TooLong { length, limit } => write!(
                f,
                "a message of {length} bytes exceeds the endpoint's limit of {limit} bytes; \
                 raise `message_limit(..)` of the endpoint's builder"
            ),
            Self::Truncated { received, length, part } => {
                write!(f, "the request ended after {received} of the {length} bytes of a {part}")
            }
            Self::Lost(error) => write!(f, "the request broke off: {error}"),
            Self::OutOfMemory => f.write_str(
                "the journals of running attempts take up the endpoint's memory; try again later, \
                 or raise `HttpLimits::request_memory`",
            ),
            Self::TooSlow(timeout) => write!(
                f,
                "the request has not arrived within {timeout:?}; raise \
                 `HttpLimits::body_timeout` if the network is slow"
            ),
        }
    }
}

impl std::error::Error for RequestError {}

#[cfg(test)]
mod tests {
    use restate_core::{
        server::{Admission, HttpLimits},
        wire::framing::HEADER_LENGTH,
    };

    use super::*;

    fn frame(length: u8) -> Vec<u8> {
        let mut frame = vec![0, 0, 0, 0, 0, 0, 0, length];
        frame.resize(HEADER_LENGTH + usize::from(length), 7);
        frame
    }

    fn body(limit: usize) -> CheckedBody<()> {
        CheckedBody::new((), limit, Admission::new(HttpLimits::new()).body())
    }

    #[test]
    fn whole_frames_pass_wherever_they_are_cut() {
        let stream = [frame(3), frame(0), frame(5)].concat();
        for cut in 0..=stream.len() {
            let mut body = body(5);
            body.advance(&stream[..cut]).unwrap();
            body.advance(&stream[cut..]).unwrap();
            assert_eq!(body.check_end(), Ok(()), "cut at {cut}");
        }
    }

    #[test]
    fn a_frame_that_is_too_long_is_refused_before_its_body_arrives() {
        let error = body(5).advance(&frame(6)[..HEADER_LENGTH]).unwrap_err();
        assert_eq!(error, RequestError::TooLong { length: 6, limit: 5 });
        assert_eq!(error.code(), 413);
    }

    #[test]
    fn a_request_that_ends_within_a_message_is_an_error() {
        let mut body = body(5);
        body.advance(&frame(5)[..11]).unwrap();
        let error = body.check_end().unwrap_err();
        assert_eq!(error.to_string(), "the request ended after 3 of the 5 bytes of a message");
        assert_eq!(error.code(), 571);
    }

    #[test]
    fn a_request_that_ends_within_a_header_is_an_error() {
        let mut body = body(5);
        body.advance(&frame(5)[..2]).unwrap();
        let error = body.check_end().unwrap_err();
        assert_eq!(error.to_string(), "the request ended after 2 of the 8 bytes of a header");
    }
}

//! Bodies of responses.

use std::{
    convert::Infallible,
    fmt,
    pin::Pin,
    task::{Context, Poll},
};

use bytes::Bytes;
use http::HeaderMap;
use http_body::{Frame, SizeHint};
use http_body_util::Full;

/// The body of a response: at most one piece of data and trailers, or a stream.
#[derive(Debug, Default)]
pub struct Body {
    data: Option<Bytes>,
    trailers: Option<HeaderMap>,
    stream: Option<Box<Streamed>>,
}

/// What a body is read from, piece by piece.
pub(crate) trait Frames: Send {
    /// The next piece of data, or the trailers.
    fn poll_frame(&mut self, cx: &mut Context<'_>) -> Poll<Option<Frame<Bytes>>>;

    /// Whether nothing is left.
    fn is_end(&self) -> bool;
}

struct Streamed {
    frames: Box<dyn Frames>,
    /// What must not be released before the end.
    held: Vec<Box<dyn Send>>,
}

impl fmt::Debug for Streamed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Streamed").finish_non_exhaustive()
    }
}

impl Body {
    /// This data, without trailers.
    pub fn new(data: Bytes) -> Self {
        Self { data: Some(data).filter(|data| !data.is_empty()), ..Self::default() }
    }

    /// Adds trailers.
    #[must_use]
    pub fn with_trailers(self, trailers: HeaderMap) -> Self {
        Self { trailers: Some(trailers), ..self }
    }

    pub(crate) fn streamed(frames: impl Frames + 'static) -> Self {
        let stream = Streamed { frames: Box::new(frames), held: Vec::new() };
        Self { stream: Some(Box::new(stream)), ..Self::default() }
    }

    /// Holds on to what counts a request that is in flight, as long as the body is a stream that is read.
    #[must_use]
    pub fn while_streaming(mut self, in_flight: impl Send + 'static) -> Self {
        if let Some(stream) = &mut self.stream {
            stream.held.push(Box::new(in_flight));
        }
        self
    }
}

impl From<Full<Bytes>> for Body {
    fn from(full: Full<Bytes>) -> Self {
        let mut full = full;
        let mut cx = Context::from_waker(std::task::Waker::noop());
        match http_body::Body::poll_frame(Pin::new(&mut full), &mut cx) {
            Poll::Ready(Some(Ok(frame))) => Self::new(frame.into_data().unwrap_or_default()),
            // A full body has all of its data at once.
            Poll::Ready(None) | Poll::Pending => Self::default(),
        }
    }
}

impl http_body::Body for Body {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        if let Some(stream) = &mut self.stream {
            return stream.frames.poll_frame(cx).map(|frame| frame.map(Ok));
        }
        let data = self.data.take().map(Frame::data);
        let frame = data.or_else(|| self.trailers.take().map(Frame::trailers));
        Poll::Ready(frame.map(Ok))
    }

    fn is_end_stream(&self) -> bool {
        let has_ended = self.stream.as_ref().is_none_or(|stream| stream.frames.is_end());
        has_ended && self.data.is_none() && self.trailers.is_none()
    }

    fn size_hint(&self) -> SizeHint {
        // With a length known in advance, HTTP/1.1 would leave the trailers out.
        if self.trailers.is_some() || self.stream.is_some() {
            return SizeHint::default();
        }
        SizeHint::with_exact(self.data.as_ref().map_or(0, |data| data.len() as u64))
    }
}

//! The body of a response.

use std::{
    convert::Infallible,
    pin::Pin,
    task::{Context, Poll},
};

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};

use crate::attempt::AttemptBody;

/// The body of a response: a text, or the output of an attempt that runs while it is read.
#[derive(Debug)]
pub struct ResponseBody(BodySource);

#[derive(Debug)]
enum BodySource {
    Full(Bytes),
    Attempt(AttemptBody),
}

impl ResponseBody {
    pub(crate) fn full(bytes: impl Into<Bytes>) -> Self {
        Self(BodySource::Full(bytes.into()))
    }

    pub(crate) fn attempt(body: AttemptBody) -> Self {
        Self(BodySource::Attempt(body))
    }
}

impl Body for ResponseBody {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        let chunk = match &mut self.get_mut().0 {
            BodySource::Full(bytes) => {
                Poll::Ready((!bytes.is_empty()).then(|| std::mem::take(bytes)))
            }
            BodySource::Attempt(body) => body.poll_chunk(cx),
        };
        chunk.map(|chunk| chunk.map(|chunk| Ok(Frame::data(chunk))))
    }

    fn is_end_stream(&self) -> bool {
        match &self.0 {
            BodySource::Full(bytes) => bytes.is_empty(),
            BodySource::Attempt(body) => body.has_ended(),
        }
    }

    fn size_hint(&self) -> SizeHint {
        match &self.0 {
            BodySource::Full(bytes) => SizeHint::with_exact(bytes.len() as u64),
            BodySource::Attempt(_) => SizeHint::default(),
        }
    }
}

use std::{
    future::poll_fn,
    pin::Pin,
    task::{Context, Poll},
    time::Duration,
};

use bytes::Bytes;
use http::Version;
use http_body::{Body, Frame, SizeHint};

/// How much of a body that nobody wants is read and dropped. Many clients read the response only after
/// they have written their whole body; if the connection closes before, they report a broken pipe and
/// retry. A body that is announced as longer than this is refused at once.
pub const DRAIN_LIMIT: usize = 64 * 1024 * 1024;

/// How long a body that nobody wants is read. Bounds how long a slow client holds the task.
const DRAIN_TIMEOUT: Duration = Duration::from_secs(10);

/// The body of a request. If a response does not need all of it, the rest is read in the background.
#[derive(Debug)]
pub struct RequestBody<B: Body<Data = Bytes> + Send + Unpin + 'static> {
    /// There until it is dropped.
    body: Option<B>,
    /// Over HTTP/1.1, only the end of the body makes room for the next request. Over HTTP/2, a client is
    /// told that nobody wants the rest.
    version: Version,
}

impl<B: Body<Data = Bytes> + Send + Unpin> RequestBody<B> {
    /// The body of a request over this version of HTTP.
    pub fn new(body: B, version: Version) -> Self {
        Self { body: Some(body), version }
    }
}

impl<B: Body<Data = Bytes> + Send + Unpin> Body for RequestBody<B> {
    type Data = Bytes;
    type Error = B::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, B::Error>>> {
        match &mut self.body {
            Some(body) => Pin::new(body).poll_frame(cx),
            None => Poll::Ready(None),
        }
    }

    fn is_end_stream(&self) -> bool {
        self.body.as_ref().is_none_or(Body::is_end_stream)
    }

    fn size_hint(&self) -> SizeHint {
        self.body.as_ref().map(Body::size_hint).unwrap_or_default()
    }
}

impl<B: Body<Data = Bytes> + Send + Unpin + 'static> Drop for RequestBody<B> {
    fn drop(&mut self) {
        let is_needed = self.version < Version::HTTP_2 && !self.is_end_stream();
        if is_needed
            && self.size_hint().lower() <= DRAIN_LIMIT as u64
            && let Some(mut body) = self.body.take()
        {
            tokio::spawn(async move { drain(Pin::new(&mut body)).await });
        }
    }
}

/// Reads and drops the rest of a body, up to the limits.
pub async fn drain<B: Body<Data = Bytes>>(mut body: Pin<&mut B>) {
    let read = async {
        let mut left = DRAIN_LIMIT;
        while let Some(Ok(frame)) = poll_fn(|cx| body.as_mut().poll_frame(cx)).await {
            let length = frame.data_ref().map_or(0, Bytes::len);
            let Some(rest) = left.checked_sub(length) else { return };
            left = rest;
        }
    };
    // The client is answered in either case.
    let _ = tokio::time::timeout(DRAIN_TIMEOUT, read).await;
}

//! The transport that the driver of an attempt reads from and writes to.

use std::{
    fmt,
    future::poll_fn,
    pin::Pin,
    task::{Context, Poll, ready},
};

use bytes::Bytes;
use http_body::{Body, Frame};
use restate_core::attempt::Transport;
use tokio_util::sync::WaitForCancellationFuture;

use super::{
    frames::{CheckedBody, RequestError},
    output::AttemptOutput,
};

/// The attempt's end of an HTTP exchange.
pub(super) struct HttpTransport<'a, 't, B> {
    request: CheckedBody<B>,
    output: AttemptOutput,
    /// Resolves when an attempt that waits for the server has to suspend.
    drain: Pin<&'a mut WaitForCancellationFuture<'t>>,
    has_ended: bool,
}

impl<'a, 't, B> HttpTransport<'a, 't, B>
where
    B: Body<Data = Bytes> + Send + Unpin,
    B::Error: fmt::Display,
{
    pub(super) fn new(
        request: CheckedBody<B>,
        output: AttemptOutput,
        drain: Pin<&'a mut WaitForCancellationFuture<'t>>,
    ) -> Self {
        Self { request, output, drain, has_ended: false }
    }

    /// Waits for the end of the request: proxies treat a response that ends earlier as an error.
    pub(super) async fn discard_rest(&mut self) {
        while let Some(Ok(_)) = poll_fn(|cx| self.poll_request(cx)).await {}
    }

    /// The next bytes of the request. While the endpoint drains, a request with nothing to read
    /// has ended, which makes the driver suspend the attempt.
    fn poll_request(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<Bytes, RequestError>>> {
        while !self.has_ended {
            let Poll::Ready(frame) = Pin::new(&mut self.request).poll_frame(cx) else {
                ready!(self.drain.as_mut().poll(cx));
                self.has_ended = true;
                break;
            };
            match frame.map(|frame| frame.map(Frame::into_data)) {
                Some(Ok(Ok(bytes))) => return Poll::Ready(Some(Ok(bytes))),
                Some(Ok(Err(_trailers))) => {}
                Some(Err(error)) => {
                    self.has_ended = true;
                    return Poll::Ready(Some(Err(error)));
                }
                None => self.has_ended = true,
            }
        }
        Poll::Ready(None)
    }
}

impl<B> Transport for HttpTransport<'_, '_, B>
where
    B: Body<Data = Bytes> + Send + Unpin,
    B::Error: fmt::Display,
{
    fn poll_receive(&mut self, cx: &mut Context<'_>) -> Poll<Option<Bytes>> {
        match ready!(self.poll_request(cx)) {
            Some(Ok(bytes)) => Poll::Ready(Some(bytes)),
            None => Poll::Ready(None),
            // No waker is needed: `AttemptBody` polls this, and takes the error when it returns.
            Some(Err(error)) => {
                self.output.fail(error);
                Poll::Pending
            }
        }
    }

    fn send(&mut self, bytes: Bytes) {
        self.output.push(bytes);
    }
}

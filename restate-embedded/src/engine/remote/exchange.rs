//! One attempt: both directions at the same time, in one task.

use std::{
    future::poll_fn,
    pin::{Pin, pin},
    sync::Arc,
    task::{Context, Poll, ready},
    time::Duration,
};

use bytes::Bytes;
use h2::{RecvStream, SendStream, client::ResponseFuture};
use hyper::body::{Body as _, Incoming};
use tokio::time::sleep;

use super::{
    Reporter,
    error::RemoteError,
    pool::{OpenStream, STREAM_WINDOW},
    response::ResponseCheck,
};
use crate::engine::pipe::{News, Pipe};

/// How long a deployment has to end the response of an attempt that is over. Proxies take what ends
/// otherwise for an error.
const GRACE: Duration = Duration::from_secs(5);

/// How long the body of a refusal is waited for.
const REFUSAL_TIMEOUT: Duration = Duration::from_secs(5);

/// Sends what goes through `pipe`, and tells `reporter` what comes back, until the response ends or the
/// attempt is over.
///
/// # Errors
///
/// Why the response has ended. The engine knows better if it has seen the end of the attempt.
pub(super) async fn exchange(
    stream: OpenStream,
    pipe: &Arc<Pipe>,
    reporter: &Reporter,
    check: ResponseCheck,
) -> RemoteError {
    let OpenStream { response, body, .. } = stream;
    let outgoing = Outgoing { body: Some(body), chunk: Bytes::new() };
    let incoming = Response { phase: ResponsePhase::Head(response), check };
    carry(outgoing, incoming, pipe, reporter).await
}

/// As [`exchange`], with an HTTP/1.1 response that has begun. The connection takes the request's body out of
/// the pipe.
pub(super) async fn receive(
    body: &mut Incoming,
    pipe: &Arc<Pipe>,
    reporter: &Reporter,
    check: ResponseCheck,
) -> RemoteError {
    let outgoing = Outgoing { body: None, chunk: Bytes::new() };
    let phase = ResponsePhase::Http1 { body, unread: 0 };
    carry(outgoing, Response { phase, check }, pipe, reporter).await
}

async fn carry(
    mut outgoing: Outgoing,
    mut incoming: Response<'_>,
    pipe: &Arc<Pipe>,
    reporter: &Reporter,
) -> RemoteError {
    let mut deadline = pin!(None);
    poll_fn(|cx| {
        let News { consumed, finished } = pipe.poll_news(cx);
        incoming.release(consumed);
        outgoing.poll(pipe, cx);
        if let Poll::Ready(error) = incoming.poll(reporter, cx) {
            return Poll::Ready(error);
        }
        if deadline.is_none() && (finished || incoming.check.is_refused()) {
            let patience = if finished { GRACE } else { REFUSAL_TIMEOUT };
            deadline.set(Some(sleep(patience)));
        }
        match deadline.as_mut().as_pin_mut() {
            Some(deadline) => deadline.poll(cx).map(|()| incoming.check.end()),
            None => Poll::Pending,
        }
    })
    .await
}

/// The body of the request.
struct Outgoing {
    /// `None` when it has ended.
    body: Option<SendStream<Bytes>>,
    /// What could not be sent yet.
    chunk: Bytes,
}

impl Outgoing {
    /// Sends as much as there is, and as the deployment takes.
    fn poll(&mut self, pipe: &Pipe, cx: &mut Context<'_>) {
        while let Some(body) = &mut self.body {
            if self.chunk.is_empty() {
                match pipe.poll_next(cx) {
                    Poll::Pending => return,
                    Poll::Ready(Some(chunk)) => self.chunk = chunk,
                    Poll::Ready(None) => {
                        // Fails if the deployment has ended the stream, which the response tells.
                        drop(body.send_data(Bytes::new(), true));
                        self.body = None;
                        return;
                    }
                }
            }
            body.reserve_capacity(self.chunk.len());
            // Polling tells only of capacity that is added.
            let capacity = match body.capacity() {
                0 => body.poll_capacity(cx),
                capacity => Poll::Ready(Some(Ok(capacity))),
            };
            match capacity {
                Poll::Pending => return,
                Poll::Ready(Some(Ok(capacity))) => {
                    let part = self.chunk.split_to(capacity.min(self.chunk.len()));
                    if body.send_data(part, false).is_err() {
                        self.body = None;
                    }
                }
                // The stream has ended, which the response tells.
                Poll::Ready(Some(Err(_)) | None) => self.body = None,
            }
        }
    }
}

/// The response.
struct Response<'a> {
    phase: ResponsePhase<'a>,
    check: ResponseCheck,
}

enum ResponsePhase<'a> {
    Head(ResponseFuture),
    Body(RecvStream),
    Http1 {
        body: &'a mut Incoming,
        /// Bytes that the engine has not read.
        unread: usize,
    },
}

impl Response<'_> {
    /// Lets the deployment send as many bytes more as the engine has read.
    fn release(&mut self, consumed: usize) {
        match &mut self.phase {
            // Fails if the stream has ended.
            ResponsePhase::Body(body) if consumed > 0 => {
                drop(body.flow_control().release_capacity(consumed));
            }
            ResponsePhase::Http1 { unread, .. } => *unread = unread.saturating_sub(consumed),
            _ => {}
        }
    }

    /// Passes on what has come; ready when nothing more will.
    fn poll(&mut self, reporter: &Reporter, cx: &mut Context<'_>) -> Poll<RemoteError> {
        loop {
            match &mut self.phase {
                ResponsePhase::Head(response) => match ready!(Pin::new(response).poll(cx)) {
                    Ok(response) => {
                        let (head, body) = response.into_parts();
                        if let Err(error) = self.check.head(head.status, &head.headers) {
                            return Poll::Ready(error);
                        }
                        self.phase = ResponsePhase::Body(body);
                    }
                    Err(error) => return Poll::Ready(lost(&error)),
                },
                ResponsePhase::Body(body) => match ready!(body.poll_data(cx)) {
                    Some(Ok(chunk)) => match self.check.body(&chunk) {
                        Ok(true) if !chunk.is_empty() => reporter.received(chunk),
                        Ok(_) => drop(body.flow_control().release_capacity(chunk.len())),
                        Err(error) => return Poll::Ready(error),
                    },
                    Some(Err(error)) => return Poll::Ready(lost(&error)),
                    None => return Poll::Ready(self.check.end()),
                },
                // The watcher of the pipe is woken when the engine has read more.
                ResponsePhase::Http1 { unread, .. } if *unread >= STREAM_WINDOW as usize => {
                    return Poll::Pending;
                }
                ResponsePhase::Http1 { body, unread } => {
                    match ready!(Pin::new(&mut **body).poll_frame(cx)) {
                        Some(Ok(frame)) => {
                            let Ok(chunk) = frame.into_data() else { continue };
                            match self.check.body(&chunk) {
                                Ok(true) if !chunk.is_empty() => {
                                    *unread += chunk.len();
                                    reporter.received(chunk);
                                }
                                Ok(_) => {}
                                Err(error) => return Poll::Ready(error),
                            }
                        }
                        Some(Err(error)) => {
                            let reason = RemoteError::text(&error);
                            return Poll::Ready(RemoteError::Lost { reason });
                        }
                        None => return Poll::Ready(self.check.end()),
                    }
                }
            }
        }
    }
}

fn lost(error: &h2::Error) -> RemoteError {
    RemoteError::Lost { reason: RemoteError::text(error) }
}

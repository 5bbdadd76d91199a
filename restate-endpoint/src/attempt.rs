//! The answer to an invocation: reading it runs the attempt.

mod frames;

use std::{
    collections::VecDeque,
    fmt,
    future::poll_fn,
    mem,
    pin::{Pin, pin},
    sync::{Arc, Mutex, PoisonError},
    task::{Context, Poll, ready},
};

use bytes::{Bytes, BytesMut};
use http_body::{Body, Frame};
use restate_core::{
    Service,
    engine::{AttemptOptions, Outcome, Transport, attempt, framing, protocol::ErrorMessage},
};
use tokio_util::sync::{CancellationToken, WaitForCancellationFuture};
use tracing::{debug, warn};

use self::frames::Fault;
pub(crate) use self::frames::Guarded;

/// A handler, and how an attempt of it is to be run.
pub(crate) struct Target {
    pub(crate) service: Arc<dyn Service>,
    pub(crate) handler: &'static str,
    pub(crate) options: AttemptOptions,
    /// Cancelled when running invocations are to suspend.
    pub(crate) drain: CancellationToken,
}

/// One attempt, as the body of the response to the request that asked for it.
///
/// The attempt makes progress only while the body is polled, and is gone with it.
pub(crate) struct InvocationBody {
    attempt: Option<Pin<Box<dyn Future<Output = ()> + Send>>>,
    wire: Wire,
}

impl InvocationBody {
    /// Runs `target` on what `request` sends.
    pub(crate) fn new<B>(target: Target, request: Guarded<B>) -> Self
    where
        B: Body<Data = Bytes> + Send + Unpin + 'static,
        B::Error: fmt::Display,
    {
        let wire = Wire::default();
        Self { attempt: Some(Box::pin(run(target, request, wire.clone()))), wire }
    }

    /// An attempt that ends before it begins, because of `fault`.
    pub(crate) fn failed(fault: &Fault) -> Self {
        let wire = Wire::default();
        wire.push(error_frame(fault));
        Self { attempt: None, wire }
    }

    /// The next bytes of the answer, or `None` once the attempt has ended.
    pub(crate) fn poll_chunk(&mut self, cx: &mut Context<'_>) -> Poll<Option<Bytes>> {
        if let Some(attempt) = &mut self.attempt
            && attempt.as_mut().poll(cx).is_ready()
        {
            self.attempt = None;
        }
        if let Some(fault) = self.wire.take_fault() {
            warn!(error = %fault, "an attempt ended because its request is broken");
            self.attempt = None;
            self.wire.push(error_frame(&fault));
        }
        let chunk = self.wire.take();
        match (chunk.is_empty(), &self.attempt) {
            (false, _) => Poll::Ready(Some(chunk)),
            (true, Some(_)) => Poll::Pending,
            (true, None) => Poll::Ready(None),
        }
    }

    pub(crate) fn has_ended(&self) -> bool {
        self.attempt.is_none() && self.wire.is_empty()
    }
}

async fn run<B>(target: Target, request: Guarded<B>, wire: Wire)
where
    B: Body<Data = Bytes> + Send + Unpin,
    B::Error: fmt::Display,
{
    let Target { service, handler, options, drain } = target;
    let drain = pin!(drain.cancelled());
    let mut exchange = Exchange { request, wire, drain, has_ended: false };
    let outcome = attempt(&*service, handler, options, &mut exchange).await;
    let service = service.descriptor().name();
    match outcome {
        Outcome::Completed => debug!(service, handler, "completed"),
        Outcome::Suspended => debug!(service, handler, "suspended"),
        Outcome::Failed(error) => warn!(service, handler, error, "the attempt failed"),
    }
    exchange.discard_rest().await;
}

fn error_frame(fault: &Fault) -> Bytes {
    let message = fault.to_string();
    framing::Frame::new(&ErrorMessage { code: fault.code(), message, ..ErrorMessage::default() })
        .raw()
        .clone()
}

impl fmt::Debug for InvocationBody {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("InvocationBody").field("has_ended", &self.has_ended()).finish()
    }
}

/// What an attempt has sent and its body has not handed on yet.
#[derive(Clone, Default)]
struct Wire(Arc<Mutex<Unsent>>);

#[derive(Default)]
struct Unsent {
    chunk: Bytes,
    /// What follows `chunk` and is too long to be copied behind it.
    rest: VecDeque<Bytes>,
    fault: Option<Fault>,
}

impl Wire {
    /// Bytes that leave together although they have to be copied for that.
    const JOINED: usize = 16 << 10;

    fn push(&self, bytes: Bytes) {
        self.with(|unsent| {
            let last = unsent.rest.back_mut().unwrap_or(&mut unsent.chunk);
            if last.is_empty() {
                *last = bytes;
            } else if last.len() + bytes.len() <= Self::JOINED {
                let mut joined = BytesMut::from(mem::take(last));
                joined.extend_from_slice(&bytes);
                *last = joined.freeze();
            } else {
                unsent.rest.push_back(bytes);
            }
        });
    }

    fn take(&self) -> Bytes {
        self.with(|unsent| {
            let next = unsent.rest.pop_front().unwrap_or_default();
            mem::replace(&mut unsent.chunk, next)
        })
    }

    fn is_empty(&self) -> bool {
        self.with(|unsent| unsent.chunk.is_empty())
    }

    fn fail(&self, fault: Fault) {
        self.with(|unsent| unsent.fault = Some(fault));
    }

    fn take_fault(&self) -> Option<Fault> {
        self.with(|unsent| unsent.fault.take())
    }

    fn with<T>(&self, operation: impl FnOnce(&mut Unsent) -> T) -> T {
        operation(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// The attempt's end of an HTTP exchange.
struct Exchange<'a, 't, B> {
    request: Guarded<B>,
    wire: Wire,
    /// Resolves when an attempt that waits for the server shall suspend.
    drain: Pin<&'a mut WaitForCancellationFuture<'t>>,
    has_ended: bool,
}

impl<B> Transport for Exchange<'_, '_, B>
where
    B: Body<Data = Bytes> + Send + Unpin,
    B::Error: fmt::Display,
{
    fn poll_receive(&mut self, cx: &mut Context<'_>) -> Poll<Option<Bytes>> {
        match ready!(self.poll_request(cx)) {
            Some(Ok(bytes)) => Poll::Ready(Some(bytes)),
            None => Poll::Ready(None),
            // The body ends the attempt when it waits, which it does now.
            Some(Err(fault)) => {
                self.wire.fail(fault);
                Poll::Pending
            }
        }
    }

    fn send(&mut self, bytes: Bytes) {
        self.wire.push(bytes);
    }
}

impl<B> Exchange<'_, '_, B>
where
    B: Body<Data = Bytes> + Send + Unpin,
    B::Error: fmt::Display,
{
    /// The request's next bytes; it ends early for an endpoint that drains.
    fn poll_request(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<Bytes, Fault>>> {
        while !self.has_ended {
            let Poll::Ready(frame) = Pin::new(&mut self.request).poll_frame(cx) else {
                ready!(self.drain.as_mut().poll(cx));
                self.has_ended = true;
                break;
            };
            match frame.map(|frame| frame.map(Frame::into_data)) {
                Some(Ok(Ok(bytes))) => return Poll::Ready(Some(Ok(bytes))),
                Some(Ok(Err(_trailers))) => {}
                Some(Err(fault)) => {
                    self.has_ended = true;
                    return Poll::Ready(Some(Err(fault)));
                }
                None => self.has_ended = true,
            }
        }
        Poll::Ready(None)
    }

    /// Waits for the request to end: proxies take an answer that ends earlier for an error.
    async fn discard_rest(&mut self) {
        while let Some(Ok(_)) = poll_fn(|cx| self.poll_request(cx)).await {}
    }
}

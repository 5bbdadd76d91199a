//! The transport of an attempt over HTTP: the request carries its journal, the response its output.

mod frames;
mod output;
mod transport;

use std::{
    fmt,
    pin::{Pin, pin},
    sync::Arc,
    task::{Context, Poll},
};

use bytes::Bytes;
use http_body::Body;
use restate_core::{
    Service,
    attempt::{AttemptOptions, Outcome, drive},
    escape::Escaped,
    server::watched,
    wire::{framing, protocol::ErrorMessage},
};
use tokio_util::sync::CancellationToken;
use tracing::{debug, warn};

pub(crate) use self::frames::CheckedBody;
use self::{frames::RequestError, output::AttemptOutput, transport::HttpTransport};
use crate::metrics::{CountedAttempt, HandlerFigures};

/// A handler, and how to run an attempt of it.
pub(crate) struct AttemptTarget {
    pub(crate) service: Arc<dyn Service>,
    pub(crate) handler: &'static str,
    pub(crate) options: AttemptOptions,
    pub(crate) figures: Arc<HandlerFigures>,
    /// Cancelled when running attempts have to suspend.
    pub(crate) drain: CancellationToken,
}

/// One attempt, as the body of the response to the request that asked for it.
///
/// The attempt makes progress only while the body is polled, and is dropped with it: a server that
/// resets the stream aborts the attempt.
pub(crate) struct AttemptBody {
    attempt: Option<Pin<Box<dyn Future<Output = ()> + Send>>>,
    output: AttemptOutput,
}

impl AttemptBody {
    /// Runs `target` with the journal that `request` carries.
    pub(crate) fn new<B>(target: AttemptTarget, request: CheckedBody<B>) -> Self
    where
        B: Body<Data = Bytes> + Send + Unpin + 'static,
        B::Error: fmt::Display,
    {
        let output = AttemptOutput::default();
        let name = Arc::new(HandlerName(target.service.descriptor().name(), target.handler));
        let attempt = watched(name, run(target, request, output.clone()));
        Self { attempt: Some(Box::pin(attempt)), output }
    }

    /// An attempt that failed before it started.
    pub(crate) fn failed(error: &RequestError) -> Self {
        let output = AttemptOutput::default();
        output.push(error_frame(error));
        Self { attempt: None, output }
    }

    /// The next bytes of the output, or `None` once the attempt has ended.
    pub(crate) fn poll_chunk(&mut self, cx: &mut Context<'_>) -> Poll<Option<Bytes>> {
        if let Some(attempt) = &mut self.attempt
            && attempt.as_mut().poll(cx).is_ready()
        {
            self.attempt = None;
        }
        if let Some(error) = self.output.take_error() {
            warn!(%error, "an attempt ended because its request cannot be read");
            self.attempt = None;
            self.output.push(error_frame(&error));
        }
        let chunk = self.output.take();
        match (chunk.is_empty(), &self.attempt) {
            (false, _) => Poll::Ready(Some(chunk)),
            (true, Some(_)) => Poll::Pending,
            (true, None) => Poll::Ready(None),
        }
    }

    pub(crate) fn has_ended(&self) -> bool {
        self.attempt.is_none() && self.output.is_empty()
    }
}

/// How log lines name an attempt.
struct HandlerName(&'static str, &'static str);

impl fmt::Display for HandlerName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.0, self.1)
    }
}

async fn run<B>(target: AttemptTarget, request: CheckedBody<B>, output: AttemptOutput)
where
    B: Body<Data = Bytes> + Send + Unpin,
    B::Error: fmt::Display,
{
    let AttemptTarget { service, handler, options, figures, drain } = target;
    let counted = CountedAttempt::begin(figures);
    let drain = pin!(drain.cancelled());
    let mut transport = HttpTransport::new(request, output, drain);
    let outcome = drive(&*service, handler, options, &mut transport).await;
    counted.end(&outcome);
    let service = service.descriptor().name();
    match outcome {
        Outcome::Completed => debug!(service, handler, "completed"),
        Outcome::Suspended => debug!(service, handler, "suspended"),
        Outcome::Failed { message: error, invocation_id: id, .. } => {
            let error = Escaped(error);
            warn!(id, service, handler, "attempt failed: {error}");
        }
    }
    transport.discard_rest().await;
}

fn error_frame(error: &RequestError) -> Bytes {
    let message = error.to_string();
    framing::Frame::new(&ErrorMessage { code: error.code(), message, ..ErrorMessage::default() })
        .raw()
        .clone()
}

impl fmt::Debug for AttemptBody {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AttemptBody").field("has_ended", &self.has_ended()).finish()
    }
}

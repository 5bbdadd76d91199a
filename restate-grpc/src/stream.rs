//! Streams of messages: those of a request, and those of a response.

use std::{
    fmt::Display,
    pin::Pin,
    task::{Context, Poll},
};

use bytes::{Bytes, BytesMut};
use http_body::Frame;
use http_body_util::BodyExt as _;
use restate_core::{Encoding, Payload, PayloadError, RpcCode};
use tokio::sync::mpsc;

use crate::{
    body::Frames,
    compression::Compression,
    envelope::{Base64Reader, take_message},
    protocol::Protocol,
    respond::ReplyFormat,
    status::RpcStatus,
};

/// The longest message of a stream. They hold names; so streams need no share of the memory for bodies.
const LONGEST: usize = 8 << 10;

/// The messages of a request, as they arrive.
pub(crate) struct Requests<B> {
    body: Pin<Box<B>>,
    received: BytesMut,
    text: Option<Base64Reader>,
    encoding: Encoding,
    compression: Compression,
}

impl<B> Requests<B>
where
    B: http_body::Body<Data = Bytes, Error: Display>,
{
    pub(crate) fn new(body: B, format: &ReplyFormat, compression: Compression) -> Self {
        Self {
            body: Box::pin(body),
            received: BytesMut::new(),
            text: (format.protocol == Protocol::GrpcWebText).then(Base64Reader::default),
            encoding: format.encoding,
            compression,
        }
    }

    /// The next message; `None` after the last one.
    ///
    /// # Errors
    ///
    /// Those of malformed frames and messages, and code `INVALID_ARGUMENT` if the stream breaks off.
    pub(crate) async fn next<T: Payload>(&mut self) -> Result<Option<T>, RpcStatus> {
        loop {
            if let Some(message) = take_message(&mut self.received, LONGEST, self.compression)? {
                return decode(message, self.encoding).map(Some);
            }
            let Some(frame) = self.body.frame().await else {
                self.text.as_ref().map_or(Ok(()), Base64Reader::finish)?;
                return match self.received.is_empty() {
                    true => Ok(None),
                    false => Err(broken("it ends within a message")),
                };
            };
            let frame = frame.map_err(|error| broken(&error))?;
            let Ok(data) = frame.into_data() else { continue };
            match &mut self.text {
                Some(text) => self.received.extend_from_slice(&text.decode(&data)?),
                None => self.received.extend_from_slice(&data),
            }
        }
    }

    /// The message of a request that has one.
    ///
    /// # Errors
    ///
    /// Those of [`next`](Self::next), and code `UNIMPLEMENTED` for none and for several.
    pub(crate) async fn only<T: Payload>(&mut self) -> Result<T, RpcStatus> {
        let unimplemented = |text| RpcStatus::new(RpcCode::Unimplemented, text);
        let only = self.next().await?;
        let only =
            only.ok_or_else(|| unimplemented("the request has no message; this rpc takes one"))?;
        match self.next::<T>().await? {
            None => Ok(only),
            Some(_) => Err(unimplemented("the request has several messages; this rpc takes one")),
        }
    }
}

fn broken(reason: impl Display) -> RpcStatus {
    let text = format!("the stream of requests cannot be read: {reason}");
    RpcStatus::new(RpcCode::InvalidArgument, text)
}

/// Where an rpc puts the messages of its response.
pub(crate) struct Responses {
    messages: mpsc::Sender<Bytes>,
    encoding: Encoding,
}

impl Responses {
    /// Sends a message, once the client has taken the one before.
    ///
    /// # Errors
    ///
    /// When the message has no such encoding, or nobody reads any more.
    pub(crate) async fn send<T: Payload>(&self, message: &T) -> Result<(), RpcStatus> {
        let message = encode(message, self.encoding)?;
        let gone = |_| RpcStatus::new(RpcCode::Cancelled, "the client has gone");
        self.messages.send(message).await.map_err(gone)
    }
}

type Rpc = Pin<Box<dyn Future<Output = Result<(), RpcStatus>> + Send>>;

/// The body of a response that streams. It runs the rpc: one that nobody reads does nothing.
pub(crate) struct ResponseStream {
    format: ReplyFormat,
    messages: mpsc::Receiver<Bytes>,
    rpc: Option<Rpc>,
    ended: Option<Result<(), RpcStatus>>,
}

impl ResponseStream {
    /// A response of what `rpc` sends.
    pub(crate) fn new<F>(format: ReplyFormat, rpc: impl FnOnce(Responses) -> F) -> Self
    where
        F: Future<Output = Result<(), RpcStatus>> + Send + 'static,
    {
        let (sender, messages) = mpsc::channel(1);
        let rpc = rpc(Responses { messages: sender, encoding: format.encoding });
        Self { format, messages, rpc: Some(Box::pin(rpc)), ended: None }
    }
}

impl Frames for ResponseStream {
    fn poll_frame(&mut self, cx: &mut Context<'_>) -> Poll<Option<Frame<Bytes>>> {
        loop {
            if let Poll::Ready(Some(message)) = self.messages.poll_recv(cx) {
                return Poll::Ready(Some(self.format.stream_message(message)));
            }
            let Some(rpc) = &mut self.rpc else {
                let end = self.ended.take().map(|ended| self.format.stream_end(ended));
                return Poll::Ready(end);
            };
            match rpc.as_mut().poll(cx) {
                Poll::Ready(ended) => (self.rpc, self.ended) = (None, Some(ended)),
                // A message that it has sent wakes this task again.
                Poll::Pending => return Poll::Pending,
            }
        }
    }

    fn is_end(&self) -> bool {
        self.rpc.is_none() && self.ended.is_none()
    }
}

/// A message of one of the services of this crate.
pub(crate) fn decode<T: Payload>(message: Bytes, encoding: Encoding) -> Result<T, RpcStatus> {
    let invalid = |error: PayloadError| RpcStatus::new(RpcCode::InvalidArgument, error.to_string());
    T::decode(message, encoding).map_err(invalid)
}

/// The reverse.
pub(crate) fn encode<T: Payload>(message: &T, encoding: Encoding) -> Result<Bytes, RpcStatus> {
    let broken = |error: PayloadError| RpcStatus::new(RpcCode::Internal, error.to_string());
    message.encode(encoding).map_err(broken)
}

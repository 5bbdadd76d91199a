//! The HTTP/1.1 connections to a deployment: one for each exchange under way.

use std::{
    convert::Infallible,
    pin::Pin,
    sync::{Arc, Mutex, PoisonError},
    task::{Context, Poll},
};

use bytes::Bytes;
use hyper::{
    Request, Response,
    body::{Body, Frame, Incoming},
    client::conn::http1::{SendRequest, handshake},
    header::{HOST, HeaderValue},
};
use hyper_util::rt::TokioIo;
use tokio::task::AbortHandle;

use super::{dial::dial, error::RemoteError, security::Security, url::RemoteUrl};
use crate::engine::pipe::Pipe;

/// Connections that are kept open for the next exchange.
const IDLE: usize = 64;

/// What comes out of the pipe of an attempt, or nothing.
#[derive(Debug)]
pub(super) struct PipeBody(pub(super) Option<Arc<Pipe>>);

impl Body for PipeBody {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        match &self.0 {
            Some(pipe) => pipe.poll_next(cx).map(|chunk| chunk.map(|chunk| Ok(Frame::data(chunk)))),
            None => Poll::Ready(None),
        }
    }

    fn is_end_stream(&self) -> bool {
        self.0.is_none()
    }
}

/// Connections that wait for the next exchange.
#[derive(Debug)]
pub(super) struct Http1Pool {
    url: RemoteUrl,
    security: Security,
    idle: Mutex<Vec<Http1Connection>>,
}

/// A connection. Dropped in the middle of an exchange, it is closed.
#[derive(Debug)]
pub(super) struct Http1Connection {
    requests: SendRequest<PipeBody>,
    driver: AbortHandle,
}

impl Drop for Http1Connection {
    fn drop(&mut self) {
        self.driver.abort();
    }
}

impl Http1Pool {
    pub(super) fn new(url: RemoteUrl, security: Security) -> Self {
        Self { url, security, idle: Mutex::default() }
    }

    /// Sends a request, and returns its response with the connection that its body comes from.
    ///
    /// # Errors
    ///
    /// When there is no connection, or no response.
    pub(super) async fn send(
        &self,
        request: Request<()>,
        body: PipeBody,
    ) -> Result<(Response<Incoming>, Http1Connection), RemoteError> {
        let mut request = self.in_origin_form(request, body)?;
        loop {
            let (mut connection, is_new) = match self.take_idle() {
                Some(connection) => (connection, false),
                None => (self.connect().await?, true),
            };
            match connection.requests.try_send_request(request).await {
                Ok(response) => return Ok((response, connection)),
                Err(mut error) => match error.take_message() {
                    // The deployment has closed it meanwhile, and nothing was sent.
                    Some(unsent) if !is_new => request = unsent,
                    _ => {
                        let reason = RemoteError::text(&error.into_error());
                        return Err(RemoteError::Lost { reason });
                    }
                },
            }
        }
    }

    /// Keeps a connection whose exchange is over, if it can have another.
    pub(super) fn give_back(&self, connection: Http1Connection) {
        let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        if connection.requests.is_ready() && idle.len() < IDLE {
            idle.push(connection);
        }
    }

    fn take_idle(&self) -> Option<Http1Connection> {
        let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        idle.retain(|connection| connection.requests.is_ready());
        idle.pop()
    }

    async fn connect(&self) -> Result<Http1Connection, RemoteError> {
        let stream = dial(&self.url, &self.security, b"http/1.1").await?;
        let (requests, connection) = handshake(TokioIo::new(stream))
            .await
            .map_err(|error| RemoteError::Lost { reason: RemoteError::text(&error) })?;
        // Its error is that of the exchange.
        let driver = tokio::spawn(async move { drop(connection.await) }).abort_handle();
        Ok(Http1Connection { requests, driver })
    }

    /// The request as HTTP/1.1 has it: with a path in its first line, and the host in a header.
    fn in_origin_form(
        &self,
        request: Request<()>,
        body: PipeBody,
    ) -> Result<Request<PipeBody>, RemoteError> {
        let (mut head, ()) = request.into_parts();
        let authority = head.uri.authority().map(ToString::to_string).unwrap_or_default();
        let host = HeaderValue::try_from(authority);
        let host = host.map_err(|_| RemoteError::Header { name: HOST.to_string() })?;
        head.headers.insert(HOST, host);
        let path = head.uri.path_and_query().map_or("/", |path| path.as_str()).parse();
        head.uri = path.map_err(|error: hyper::http::uri::InvalidUri| RemoteError::Url {
            url: self.url.url().to_owned(),
            reason: error.to_string(),
        })?;
        Ok(Request::from_parts(head, body))
    }
}

//! The HTTP/2 connections to a deployment.

use std::{
    future::poll_fn,
    pin::{Pin, pin},
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    task::{Context, Poll},
    time::Duration,
};

use bytes::Bytes;
use h2::{
    Ping, PingPong,
    client::{Connection, ResponseFuture, SendRequest},
};
use hyper::Request;
use tokio::{
    sync::Mutex,
    task::AbortHandle,
    time::{Instant, sleep, timeout},
};

use super::{
    dial::{Stream, dial},
    error::RemoteError,
    security::Security,
    url::RemoteUrl,
};

/// Streams on a connection before another one is opened.
const STREAMS: usize = 100;

/// Connections; beyond, more streams share them.
const CONNECTIONS: usize = 8;

/// What a deployment may send before the engine has read it, in bytes: of one attempt, and of all on a
/// connection.
pub(super) const STREAM_WINDOW: u32 = 256 << 10;
const CONNECTION_WINDOW: u32 = 8 << 20;

/// What may wait in a stream to be sent, in bytes.
const SEND_BUFFER: usize = 64 << 10;

/// How long after the last answer a deployment is asked whether it is there, and how long it has to say so.
const PING_INTERVAL: Duration = Duration::from_secs(30);
const PING_TIMEOUT: Duration = Duration::from_secs(20);

/// How long the exchange of settings may take that opens a connection.
const HANDSHAKE_TIMEOUT: Duration = Duration::from_secs(10);

/// Connections that attempts share.
#[derive(Debug)]
pub(super) struct Pool {
    url: RemoteUrl,
    security: Security,
    /// How often no connection could be opened.
    failures: AtomicU64,
    /// Locked while a connection is being opened: others wait for that one.
    open: Mutex<Open>,
}

#[derive(Debug, Default)]
struct Open {
    connections: Vec<Live>,
    last_failure: String,
}

#[derive(Clone, Debug)]
struct Live {
    requests: SendRequest<Bytes>,
    /// Has one more owner for each stream.
    lease: Arc<()>,
    driver: AbortHandle,
}

impl Live {
    fn streams(&self) -> usize {
        Arc::strong_count(&self.lease)
    }
}

/// A stream whose request has been sent, but for its body.
pub(super) struct OpenStream {
    pub(super) response: ResponseFuture,
    pub(super) body: h2::SendStream<Bytes>,
    /// Counts the stream.
    _lease: Arc<()>,
}

impl Pool {
    pub(super) fn new(url: RemoteUrl, security: Security) -> Self {
        Self { url, security, failures: AtomicU64::new(0), open: Mutex::default() }
    }

    /// Begins a request, on a connection that may be new.
    ///
    /// # Errors
    ///
    /// When there is no connection.
    pub(super) async fn send(&self, request: Request<()>) -> Result<OpenStream, RemoteError> {
        loop {
            let (Live { requests, lease, driver }, is_new) = self.connection().await?;
            // Waits while the deployment admits no more streams.
            let sent = match requests.ready().await {
                Ok(mut requests) => requests.send_request(request.clone(), false),
                Err(error) => Err(error),
            };
            match sent {
                Ok((response, body)) => return Ok(OpenStream { response, body, _lease: lease }),
                Err(error) if is_new => {
                    return Err(RemoteError::Lost { reason: RemoteError::text(&error) });
                }
                // The deployment has closed it meanwhile. Nothing was sent, so another one may be tried.
                Err(_) => self.forget(&driver).await,
            }
        }
    }

    async fn connection(&self) -> Result<(Live, bool), RemoteError> {
        let failures = self.failures.load(Ordering::Acquire);
        let mut open = self.open.lock().await;
        open.connections.retain(|live| !live.driver.is_finished());
        let count = open.connections.len();
        if let Some(live) = open.connections.iter().min_by_key(|live| live.streams())
            && (live.streams() <= STREAMS || count >= CONNECTIONS)
        {
            return Ok((live.clone(), false));
        }
        // Who has waited while nobody was there need not try it once more.
        if self.failures.load(Ordering::Acquire) != failures {
            let RemoteUrl { host, port, .. } = &self.url;
            let reason = open.last_failure.clone();
            return Err(RemoteError::Connect { address: format!("{host}:{port}"), reason });
        }
        match self.connect().await {
            Ok(live) => {
                open.connections.push(live.clone());
                Ok((live, true))
            }
            Err(error) => {
                self.failures.fetch_add(1, Ordering::Release);
                open.last_failure = match &error {
                    RemoteError::Connect { reason, .. } => reason.clone(),
                    other => other.to_string(),
                };
                Err(error)
            }
        }
    }

    async fn connect(&self) -> Result<Live, RemoteError> {
        let stream = dial(&self.url, &self.security, b"h2").await?;
        let mut builder = h2::client::Builder::new();
        builder
            .enable_push(false)
            .initial_window_size(STREAM_WINDOW)
            .initial_connection_window_size(CONNECTION_WINDOW)
            .max_send_buffer_size(SEND_BUFFER)
            .max_header_list_size(64 << 10);
        let handshake = timeout(HANDSHAKE_TIMEOUT, builder.handshake(stream)).await;
        let handshake = handshake.map_err(|_| RemoteError::Timeout {
            what: "HTTP/2 connection",
            limit: HANDSHAKE_TIMEOUT,
        })?;
        let (requests, mut connection) =
            handshake.map_err(|error| RemoteError::Lost { reason: RemoteError::text(&error) })?;
        let pings = connection.ping_pong();
        let driver = tokio::spawn(keep_alive(connection, pings)).abort_handle();
        Ok(Live { requests, lease: Arc::default(), driver })
    }

    async fn forget(&self, driver: &AbortHandle) {
        let mut open = self.open.lock().await;
        open.connections.retain(|live| live.driver.id() != driver.id());
    }
}

/// Drives a connection until it ends, or until the deployment does not answer any more.
async fn keep_alive(mut connection: Connection<Stream, Bytes>, pings: Option<PingPong>) {
    let Some(mut pings) = pings else {
        drop(connection.await);
        return;
    };
    let mut timer = pin!(sleep(PING_INTERVAL));
    let mut is_asked = false;
    poll_fn(|cx: &mut Context<'_>| {
        if Pin::new(&mut connection).poll(cx).is_ready() {
            return Poll::Ready(());
        }
        loop {
            if is_asked && pings.poll_pong(cx).is_ready() {
                is_asked = false;
                timer.as_mut().reset(Instant::now() + PING_INTERVAL);
            }
            if timer.as_mut().poll(cx).is_pending() {
                return Poll::Pending;
            }
            if is_asked || pings.send_ping(Ping::opaque()).is_err() {
                return Poll::Ready(());
            }
            is_asked = true;
            timer.as_mut().reset(Instant::now() + PING_TIMEOUT);
        }
    })
    .await;
}

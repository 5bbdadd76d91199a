//! One connection of a Restate server.

use std::{net, time::Duration};

use hyper::{server::conn::http1, service::service_fn};
use hyper_util::{
    rt::{TokioIo, TokioTimer},
    server::conn::auto,
};
use restate_core::server::Connection;
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::TcpStream,
    runtime::Handle,
};
use tokio_util::task::AbortOnDropHandle;
use tracing::debug;

use super::in_flight::InFlightBody;
use crate::{
    endpoint::Endpoint,
    executor::ConnectionExecutor,
    http::{Refusal, Route},
};

/// The longest part of a request that tells what it asks for, in bytes.
const START: usize = 256;

/// Serves one connection to its end: on this thread if it asks how the endpoint is, and otherwise on the
/// runtime of the handlers, which they may block.
pub(super) async fn serve(
    endpoint: Endpoint,
    stream: TcpStream,
    connection: Connection,
    handlers: Handle,
) {
    let timeout = endpoint.parts().admission.header_timeout();
    match tokio::time::timeout(timeout, asks_how_it_is(&stream)).await {
        Ok(true) => answer_how_it_is(&endpoint, stream, connection).await,
        // Moves to the reactor of that runtime.
        Ok(false) => match stream.into_std() {
            Ok(stream) => {
                let served = handlers.spawn(serve_attempts(endpoint, stream, connection));
                // Fails if it panics, which is logged.
                let _ = AbortOnDropHandle::new(served).await;
            }
            Err(error) => debug!(%error, "a connection failed"),
        },
        Err(_) => debug!(?timeout, "a connection has sent no request"),
    }
}

/// Whether this is a request for the health or the metrics over HTTP/1.1, as orchestrators, load balancers
/// and Prometheus send it. Others are answered where the handlers run.
async fn asks_how_it_is(stream: &TcpStream) -> bool {
    let mut start = [0; START];
    let Ok(length) = stream.peek(&mut start).await else { return false };
    let mut words = start[..length].split(|byte| byte.is_ascii_whitespace());
    let is_get = matches!(words.next(), Some(b"GET" | b"HEAD"));
    let path = words.next().and_then(|path| str::from_utf8(path).ok());
    is_get && path.is_some_and(|path| matches!(Route::of(path), Route::Health | Route::Metrics))
}

/// Answers one such request, and nothing else: another one could run a handler on this thread.
async fn answer_how_it_is(endpoint: &Endpoint, stream: TcpStream, connection: Connection) {
    let answer = service_fn(|request| endpoint.handle(request));
    let served = http1::Builder::new()
        .timer(TokioTimer::new())
        .keep_alive(false)
        .serve_connection(TokioIo::new(stream), answer);
    if let Some(Err(error)) = connection.run(served, |served| served.graceful_shutdown()).await {
        debug!(%error, "a connection failed");
    }
}

async fn serve_attempts(endpoint: Endpoint, stream: net::TcpStream, connection: Connection) {
    let stream = match TcpStream::from_std(stream) {
        Ok(stream) => stream,
        Err(error) => return debug!(%error, "a connection failed"),
    };
    #[cfg(feature = "tls")]
    if let Some(config) = &endpoint.parts().tls {
        let acceptor = tokio_rustls::TlsAcceptor::from(std::sync::Arc::clone(config));
        let timeout = endpoint.parts().admission.header_timeout();
        match tokio::time::timeout(timeout, acceptor.accept(stream)).await {
            Ok(Ok(stream)) => serve_stream(endpoint, stream, connection).await,
            Ok(Err(error)) => debug!(%error, "the TLS handshake of a connection failed"),
            Err(_) => debug!(?timeout, "the TLS handshake of a connection took too long"),
        }
        return;
    }
    serve_stream(endpoint, stream, connection).await;
}

async fn serve_stream<S>(endpoint: Endpoint, stream: S, connection: Connection)
where
    S: AsyncRead + AsyncWrite + Send + Unpin + 'static,
{
    let executor = ConnectionExecutor::default();
    let http = http(executor.clone(), endpoint.parts().admission.header_timeout());
    let activity = connection.activity();
    let answer = service_fn(move |request| {
        let (admitted, in_flight) = (endpoint.parts().admission.request(), activity.request());
        let response = match admitted {
            Some(_) => endpoint.handle(request),
            None => endpoint.refuse(Refusal::Overloaded),
        };
        async move {
            let held = (admitted, in_flight);
            response.await.map(|response| response.map(|body| InFlightBody::new(body, held)))
        }
    });
    let served = http.serve_connection(TokioIo::new(stream), answer).into_owned();
    let run = connection.run(served, |served| served.graceful_shutdown());
    if let Some(Err(error)) = executor.run(run).await {
        debug!(%error, "a connection failed");
    }
}

fn http(
    executor: ConnectionExecutor,
    header_timeout: Duration,
) -> auto::Builder<ConnectionExecutor> {
    let mut builder = auto::Builder::new(executor);
    builder.http1().timer(TokioTimer::new()).header_read_timeout(header_timeout);
    builder
        .http2()
        .timer(TokioTimer::new())
        // The server ignores dates, and a new one each second resets the header compression.
        .auto_date_header(false)
        // A Restate server opens 128 streams on a connection unless configured otherwise.
        .max_concurrent_streams(1024)
        // The server sends the whole journal first; most fit without waiting for a window update.
        .initial_stream_window_size(1 << 20)
        .initial_connection_window_size(8 << 20)
        // A message that fits into one frame reaches its handler without being copied together.
        .max_frame_size(256 << 10)
        // Notices a server that is gone without closing the connection, and ends its attempts.
        .keep_alive_interval(Duration::from_secs(20))
        .keep_alive_timeout(Duration::from_secs(20));
    builder
}

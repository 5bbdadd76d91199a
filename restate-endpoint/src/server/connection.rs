//! One connection of a Restate server.

use std::time::Duration;

use hyper::service::service_fn;
use hyper_util::{
    rt::{TokioIo, TokioTimer},
    server::conn::auto,
};
use restate_core::server::Connection;
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::TcpStream,
};
use tracing::debug;

use super::in_flight::InFlightBody;
use crate::{
    endpoint::{Endpoint, ResponseFuture},
    executor::ConnectionExecutor,
    http::Refusal,
};

/// Serves one connection to its end.
pub(super) async fn serve(endpoint: Endpoint, stream: TcpStream, connection: Connection) {
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
            None => ResponseFuture::ready(Refusal::Overloaded.into()),
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

//! One connection of a Restate server.

use std::time::Duration;

use hyper::service::service_fn;
use hyper_util::{
    rt::{TokioIo, TokioTimer},
    server::{conn::auto, graceful::Watcher},
};
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::TcpStream,
};
use tracing::debug;

use crate::{endpoint::Endpoint, executor::ConnectionExecutor};

/// Serves each connection of a listener.
#[derive(Clone)]
pub(super) struct Connection {
    endpoint: Endpoint,
}

impl Connection {
    pub(super) fn new(endpoint: Endpoint) -> Self {
        Self { endpoint }
    }

    pub(super) async fn accept(self, stream: TcpStream, watcher: Watcher) {
        if let Err(error) = stream.set_nodelay(true) {
            debug!(%error, "cannot disable Nagle's algorithm");
        }
        #[cfg(feature = "tls")]
        if let Some(config) = &self.endpoint.parts().tls {
            let acceptor = tokio_rustls::TlsAcceptor::from(std::sync::Arc::clone(config));
            match acceptor.accept(stream).await {
                Ok(stream) => self.serve(stream, watcher).await,
                Err(error) => debug!(%error, "the TLS handshake of a connection failed"),
            }
            return;
        }
        self.serve(stream, watcher).await;
    }

    async fn serve<S>(self, stream: S, watcher: Watcher)
    where
        S: AsyncRead + AsyncWrite + Send + Unpin + 'static,
    {
        let Self { endpoint } = self;
        let answer = service_fn(move |request| endpoint.handle(request));
        let executor = ConnectionExecutor::default();
        let http = http(executor.clone());
        let connection = http.serve_connection(TokioIo::new(stream), answer).into_owned();
        if let Err(error) = executor.run(watcher.watch(connection)).await {
            debug!(%error, "a connection failed");
        }
    }
}

fn http(executor: ConnectionExecutor) -> auto::Builder<ConnectionExecutor> {
    let mut builder = auto::Builder::new(executor);
    builder.http1().timer(TokioTimer::new());
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

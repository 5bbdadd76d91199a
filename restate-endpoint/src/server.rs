//! An endpoint as a server of its own.

use std::{io, pin::pin, time::Duration};

use hyper::service::service_fn;
use hyper_util::{
    rt::{TokioIo, TokioTimer},
    server::{
        conn::auto,
        graceful::{GracefulShutdown, Watcher},
    },
};
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::{TcpListener, TcpStream, ToSocketAddrs},
    task::JoinSet,
};
use tracing::{debug, info, warn};

use crate::{endpoint::Endpoint, executor::Streams};

impl Endpoint {
    /// Listens on `address` and serves until the process is interrupted or told to terminate.
    ///
    /// # Errors
    ///
    /// When the address cannot be listened on.
    pub async fn listen(self, address: impl ToSocketAddrs + std::fmt::Debug) -> io::Result<()> {
        let listener = TcpListener::bind(&address).await.map_err(|error| {
            io::Error::new(error.kind(), format!("cannot listen on {address:?}: {error}"))
        })?;
        self.serve(listener).await
    }

    /// Serves connections of `listener` until the process is interrupted or told to terminate.
    ///
    /// # Errors
    ///
    /// When signals cannot be listened for.
    pub async fn serve(self, listener: TcpListener) -> io::Result<()> {
        let told_to_stop = told_to_stop()?;
        self.serve_with_shutdown(listener, told_to_stop).await;
        Ok(())
    }

    /// Serves connections of `listener` until `shutdown` resolves.
    ///
    /// Then it takes no more connections, has running invocations suspend where they wait, and
    /// returns when they have, or when the shutdown timeout is over.
    pub async fn serve_with_shutdown(
        self,
        listener: TcpListener,
        shutdown: impl Future<Output = ()>,
    ) {
        if let Ok(address) = listener.local_addr() {
            info!(%address, "serving");
        }
        let connection = Connection { endpoint: self.clone() };
        let graceful = GracefulShutdown::new();
        let mut running = JoinSet::new();
        let mut shutdown = pin!(shutdown);
        loop {
            tokio::select! {
                biased;
                () = &mut shutdown => break,
                accepted = listener.accept() => match accepted {
                    Ok((stream, _)) => {
                        running.spawn(connection.clone().accept(stream, graceful.watcher()));
                    }
                    Err(error) => wait_after(&error).await,
                },
                Some(_) = running.join_next() => {}
            }
        }
        drop(listener);
        self.drain();
        let timeout = self.parts().shutdown_timeout;
        if tokio::time::timeout(timeout, graceful.shutdown()).await.is_err() {
            warn!(?timeout, "attempts that have not suspended are dropped");
        }
    }
}

#[cfg(unix)]
fn told_to_stop() -> io::Result<impl Future<Output = ()>> {
    use tokio::signal::unix::{SignalKind, signal};

    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut terminate = signal(SignalKind::terminate())?;
    Ok(async move {
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
        }
    })
}

#[cfg(not(unix))]
fn told_to_stop() -> io::Result<impl Future<Output = ()>> {
    Ok(async {
        if let Err(error) = tokio::signal::ctrl_c().await {
            warn!(%error, "cannot wait for an interrupt");
            std::future::pending().await
        }
    })
}

/// A connection that is gone before it was accepted is none; without file descriptors, accepting
/// again at once would only keep the processor busy.
async fn wait_after(error: &io::Error) {
    use io::ErrorKind::{ConnectionAborted, ConnectionRefused, ConnectionReset};

    if !matches!(error.kind(), ConnectionAborted | ConnectionRefused | ConnectionReset) {
        warn!(%error, "cannot accept connections");
        tokio::time::sleep(Duration::from_secs(1)).await;
    }
}

/// How every connection is served.
#[derive(Clone)]
struct Connection {
    endpoint: Endpoint,
}

impl Connection {
    async fn accept(self, stream: TcpStream, watcher: Watcher) {
        if let Err(error) = stream.set_nodelay(true) {
            debug!(%error, "cannot send small packets at once");
        }
        #[cfg(feature = "tls")]
        if let Some(config) = &self.endpoint.parts().tls {
            let acceptor = tokio_rustls::TlsAcceptor::from(std::sync::Arc::clone(config));
            match acceptor.accept(stream).await {
                Ok(stream) => self.serve(stream, watcher).await,
                Err(error) => debug!(%error, "a connection did not get to speak TLS"),
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
        let streams = Streams::default();
        let http = http(streams.clone());
        let connection = http.serve_connection(TokioIo::new(stream), answer).into_owned();
        if let Err(error) = streams.run(watcher.watch(connection)).await {
            debug!(%error, "a connection has failed");
        }
    }
}

fn http(streams: Streams) -> auto::Builder<Streams> {
    let mut builder = auto::Builder::new(streams);
    builder.http1().timer(TokioTimer::new());
    builder
        .http2()
        .timer(TokioTimer::new())
        // Nobody on the other side reads dates, and compression would begin anew each second.
        .auto_date_header(false)
        // A Restate server opens 128 streams a connection unless it is configured otherwise.
        .max_concurrent_streams(1024)
        // What a server sends first is the journal: that should not have to wait for a window.
        .initial_stream_window_size(1 << 20)
        .initial_connection_window_size(8 << 20)
        // A message in one frame reaches its handler without being copied together.
        .max_frame_size(256 << 10)
        // A server that is gone without a word is noticed, and its attempts end.
        .keep_alive_interval(Duration::from_secs(20))
        .keep_alive_timeout(Duration::from_secs(20));
    builder
}

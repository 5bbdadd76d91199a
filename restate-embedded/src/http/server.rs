//! HTTP connections of the ingress and of the admin interface.

use std::{future::poll_fn, net::SocketAddr, pin::pin, sync::Arc, task::Poll, time::Duration};

use bytes::Bytes;
use http_body_util::Full;
use hyper::{Request, Response, body::Incoming as Body, service::service_fn};
use hyper_util::{
    rt::{TokioExecutor, TokioIo, TokioTimer},
    server::{conn::auto, graceful::GracefulShutdown},
};
use tokio::{
    net::{TcpListener, TcpStream},
    sync::oneshot,
    task::JoinHandle,
};
use tracing::{debug, warn};

use crate::engine::error::StartError;

/// How long connections have to finish their responses when the server stops.
const LINGER: Duration = Duration::from_secs(5);

/// Pause after the operating system refused a connection, as when there are too many files.
const ACCEPT_BACKOFF: Duration = Duration::from_millis(100);

/// What answers requests.
pub(crate) trait Answer: Send + Sync + 'static {
    /// The response to a request, whatever it is.
    fn answer(&self, request: Request<Body>) -> impl Future<Output = Response<Full<Bytes>>> + Send;
}

/// An HTTP server of an engine.
#[derive(Debug)]
pub(crate) struct Server {
    address: SocketAddr,
    stop: oneshot::Sender<()>,
    task: JoinHandle<()>,
}

impl Server {
    /// Takes the address.
    pub(crate) async fn listen(address: SocketAddr) -> Result<TcpListener, StartError> {
        let listening = TcpListener::bind(address).await;
        listening.map_err(|source| StartError::Listen { address, source })
    }

    /// Lets `frontend` answer what comes.
    pub(crate) fn serve(listener: TcpListener, frontend: impl Answer) -> Result<Self, StartError> {
        let unspecified = SocketAddr::from(([0, 0, 0, 0], 0));
        let address = listener
            .local_addr()
            .map_err(|source| StartError::Listen { address: unspecified, source })?;
        let (stop, stopped) = oneshot::channel();
        let task = tokio::spawn(accept(listener, Arc::new(frontend), stopped));
        Ok(Self { address, stop, task })
    }

    /// Where it listens.
    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    /// Accepts no more connections, from now on. What this returns waits for those that are open.
    pub(crate) fn stop(self) -> impl Future<Output = ()> {
        // A task that is gone needs no telling.
        let _ = self.stop.send(());
        async {
            if let Err(error) = self.task.await {
                warn!("a server ended early: {error}");
            }
        }
    }
}

async fn accept<A: Answer>(
    listener: TcpListener,
    frontend: Arc<A>,
    mut stopped: oneshot::Receiver<()>,
) {
    let connections = GracefulShutdown::new();
    let http = http();
    loop {
        let accepted = poll_fn(|cx| {
            if pin!(&mut stopped).poll(cx).is_ready() {
                return Poll::Ready(None);
            }
            listener.poll_accept(cx).map(Some)
        });
        match accepted.await {
            None => break,
            Some(Ok((stream, _))) => serve_connection(stream, &http, &frontend, &connections),
            Some(Err(error)) => {
                warn!("cannot accept a connection: {error}");
                tokio::time::sleep(ACCEPT_BACKOFF).await;
            }
        }
    }
    drop(listener);
    if tokio::time::timeout(LINGER, connections.shutdown()).await.is_err() {
        warn!("some connections were cut off");
    }
}

/// HTTP/1.1, and HTTP/2 with those who start with it.
fn http() -> auto::Builder<TokioExecutor> {
    let mut builder = auto::Builder::new(TokioExecutor::new());
    builder.http1().timer(TokioTimer::new());
    builder.http2().timer(TokioTimer::new());
    builder
}

fn serve_connection<A: Answer>(
    stream: TcpStream,
    http: &auto::Builder<TokioExecutor>,
    frontend: &Arc<A>,
    connections: &GracefulShutdown,
) {
    if let Err(error) = stream.set_nodelay(true) {
        debug!("cannot send small responses at once: {error}");
    }
    let frontend = Arc::clone(frontend);
    let connection = http.serve_connection(
        TokioIo::new(stream),
        service_fn(move |request| {
            let frontend = Arc::clone(&frontend);
            async move { Ok::<_, std::convert::Infallible>(frontend.answer(request).await) }
        }),
    );
    let connection = connections.watch(connection.into_owned());
    tokio::spawn(async move {
        if let Err(error) = connection.await {
            debug!("connection ended: {error}");
        }
    });
}

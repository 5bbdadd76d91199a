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

use super::gate::Gate;
use crate::engine::error::EngineBuildError;

/// How long open connections may take to finish their responses when the server stops. Handlers have
/// had the shutdown timeout of the engine by then; what is left is writing to sockets.
const CLOSE_TIMEOUT: Duration = Duration::from_secs(5);

/// Pause after the operating system has failed to accept a connection, which it does again at once
/// while too many files are open.
const ACCEPT_BACKOFF: Duration = Duration::from_millis(100);

/// Answers the requests of a server.
pub(crate) trait Respond: Send + Sync + 'static {
    /// The response to a request; errors are responses, too.
    fn respond(&self, request: Request<Body>)
    -> impl Future<Output = Response<Full<Bytes>>> + Send;

    /// Ends what would keep connections open. Requests that are under way are answered after this.
    fn stop(&self) {}
}

/// A running HTTP server.
#[derive(Debug)]
pub(crate) struct Server {
    address: SocketAddr,
    stop: oneshot::Sender<()>,
    task: JoinHandle<()>,
}

impl Server {
    /// Lets `responder` answer the requests that `gate` admits.
    pub(crate) fn serve(
        listener: TcpListener,
        responder: impl Respond,
        gate: Gate,
    ) -> Result<Self, EngineBuildError> {
        let address = listener.local_addr().map_err(EngineBuildError::Listen)?;
        let (stop, stopped) = oneshot::channel();
        let task = tokio::spawn(accept(listener, Arc::new(Service { responder, gate }), stopped));
        Ok(Self { address, stop, task })
    }

    /// The address that it listens on.
    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    /// Accepts no more connections from now on. The future waits for those that are open.
    pub(crate) fn stop(self) -> impl Future<Output = ()> {
        // Fails if the task has ended by itself: nothing is left to stop.
        let _ = self.stop.send(());
        async {
            if let Err(error) = self.task.await {
                warn!("an HTTP server has failed: {error}");
            }
        }
    }
}

/// What the connections of a server share.
struct Service<R> {
    responder: R,
    gate: Gate,
}

impl<R: Respond> Service<R> {
    async fn respond(&self, request: Request<Body>) -> Response<Full<Bytes>> {
        match self.gate.admit(&request) {
            Ok(admitted) => self.gate.finish(&admitted, self.responder.respond(request).await),
            Err(response) => *response,
        }
    }
}

async fn accept<R: Respond>(
    listener: TcpListener,
    service: Arc<Service<R>>,
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
            Some(Ok((stream, _))) => serve_connection(stream, &http, &service, &connections),
            Some(Err(error)) => {
                warn!("cannot accept a connection: {error}");
                tokio::time::sleep(ACCEPT_BACKOFF).await;
            }
        }
    }
    drop(listener);
    service.responder.stop();
    if tokio::time::timeout(CLOSE_TIMEOUT, connections.shutdown()).await.is_err() {
        warn!("connections that were still open after {CLOSE_TIMEOUT:?} were closed");
    }
}

/// HTTP/1.1, and HTTP/2 with prior knowledge.
fn http() -> auto::Builder<TokioExecutor> {
    let mut builder = auto::Builder::new(TokioExecutor::new());
    builder.http1().timer(TokioTimer::new());
    builder.http2().timer(TokioTimer::new());
    builder
}

fn serve_connection<R: Respond>(
    stream: TcpStream,
    http: &auto::Builder<TokioExecutor>,
    service: &Arc<Service<R>>,
    connections: &GracefulShutdown,
) {
    if let Err(error) = stream.set_nodelay(true) {
        debug!("TCP_NODELAY cannot be set, which delays small responses: {error}");
    }
    let service = Arc::clone(service);
    let connection = http.serve_connection(
        TokioIo::new(stream),
        service_fn(move |request| {
            let service = Arc::clone(&service);
            async move { Ok::<_, std::convert::Infallible>(service.respond(request).await) }
        }),
    );
    let connection = connections.watch(connection.into_owned());
    tokio::spawn(async move {
        if let Err(error) = connection.await {
            debug!("connection ended: {error}");
        }
    });
}

use std::{convert::Infallible, net::SocketAddr, sync::Arc, time::Duration};

use hyper::{
    Request, Response,
    body::Incoming,
    header::{HeaderValue, WWW_AUTHENTICATE},
    service::service_fn,
};
use hyper_util::{
    rt::{TokioExecutor, TokioIo, TokioTimer},
    server::conn::auto,
};
use restate_core::{
    TerminalError,
    server::{Admission, Connection, accept},
};
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::{TcpListener, TcpStream},
    sync::oneshot,
    task::JoinHandle,
};
use tracing::{debug, warn};

use super::{
    body::RequestBody as Body,
    gate::{Gate, Turned},
    refusal::refusal,
    reply_body::{ReplyBody, while_streaming, whole},
    tls::Tls,
};
use crate::engine::error::EngineBuildError;

/// How long open connections may take to finish their responses when the server stops. Handlers have
/// had the shutdown timeout of the engine by then; what is left is writing to sockets.
const CLOSE_TIMEOUT: Duration = Duration::from_secs(5);

/// The longest headers of a request, in bytes; browsers and proxies send up to 16 KiB.
const MAX_HEADERS: u16 = u16::MAX;

const TOO_MANY_REQUESTS: &str = "too many requests are in flight; try again later, or raise \
                                 `HttpLimits::requests`";

/// Answers the requests of a server.
pub(crate) trait Respond: Send + Sync + 'static {
    /// The response to a request; errors are responses, too.
    fn respond(&self, request: Request<Body>) -> impl Future<Output = Response<ReplyBody>> + Send;

    /// The response to a request that is not carried out.
    fn refuse(&self, request: &Request<Body>, error: &TerminalError) -> Response<ReplyBody>;

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
        admission: Admission,
        responder: impl Respond,
        gate: Gate,
        tls: Tls,
    ) -> Result<Self, EngineBuildError> {
        let address = listener.local_addr().map_err(EngineBuildError::Listen)?;
        let (stop, stopped) = oneshot::channel();
        let service = Arc::new(Service { responder, gate, admission, tls });
        let task = tokio::spawn(serve(listener, service, stopped));
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
    admission: Admission,
    tls: Tls,
}

impl<R: Respond> Service<R> {
    async fn respond(
        &self,
        request: Request<Incoming>,
        peer: Option<SocketAddr>,
    ) -> Response<ReplyBody> {
        let version = request.version();
        let mut request = request.map(|body| Body::new(body, version));
        match self.gate.admit(&mut request, peer) {
            Ok(admitted) => {
                let mut response = self.carry_out(request).await;
                self.gate.finish(&admitted, response.headers_mut());
                response
            }
            Err(Turned::Preflight(response)) => whole(*response),
            Err(Turned::Unknown(error)) => self.responder.refuse(&request, &error),
            Err(Turned::Unauthorized(error, admitted)) => {
                let mut response = self.responder.refuse(&request, &error);
                let headers = response.headers_mut();
                headers.insert(WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
                self.gate.finish(&admitted, headers);
                response
            }
        }
    }

    async fn carry_out(&self, request: Request<Body>) -> Response<ReplyBody> {
        // Counted until the response is made, or its stream has ended.
        match self.admission.request() {
            Some(admitted) => while_streaming(self.responder.respond(request).await, admitted),
            None => self.responder.refuse(&request, &refusal(503, TOO_MANY_REQUESTS)),
        }
    }
}

async fn serve<R: Respond>(
    listener: TcpListener,
    service: Arc<Service<R>>,
    stopped: oneshot::Receiver<()>,
) {
    let stop = async {
        // A sender that was dropped stops the server, too.
        let _ = stopped.await;
        service.responder.stop();
    };
    let serve = |stream, connection| serve_connection(stream, connection, Arc::clone(&service));
    let answers_in_plain = !service.tls.is_on();
    accept(listener, &service.admission, stop, CLOSE_TIMEOUT, answers_in_plain, serve).await;
}

/// HTTP/1.1, and HTTP/2 with prior knowledge.
fn http(admission: &Admission) -> auto::Builder<TokioExecutor> {
    let mut builder = auto::Builder::new(TokioExecutor::new());
    builder
        .http1()
        .timer(TokioTimer::new())
        .header_read_timeout(admission.header_timeout())
        .max_buf_size(MAX_HEADERS.into());
    builder
        .http2()
        .timer(TokioTimer::new())
        .max_header_list_size(MAX_HEADERS.into())
        // Notices a client that is gone without closing the connection.
        .keep_alive_interval(Duration::from_secs(30))
        .keep_alive_timeout(Duration::from_secs(20));
    builder
}

async fn serve_connection<R: Respond>(
    stream: TcpStream,
    connection: Connection,
    service: Arc<Service<R>>,
) {
    let peer = stream.peer_addr().ok();
    #[cfg(feature = "tls")]
    if let Some(acceptor) = service.tls.acceptor() {
        let timeout = service.admission.header_timeout();
        match tokio::time::timeout(timeout, acceptor.accept(stream)).await {
            Ok(Ok(stream)) => serve_stream(stream, peer, connection, service).await,
            Ok(Err(error)) => debug!("the TLS handshake of a connection failed: {error}"),
            Err(_) => debug!("the TLS handshake of a connection took longer than {timeout:?}"),
        }
        return;
    }
    serve_stream(stream, peer, connection, service).await;
}

async fn serve_stream<R: Respond>(
    stream: impl AsyncRead + AsyncWrite + Send + Unpin + 'static,
    peer: Option<SocketAddr>,
    connection: Connection,
    service: Arc<Service<R>>,
) {
    let http = http(&service.admission);
    let activity = connection.activity();
    let answer = service_fn(move |request| {
        let (service, in_flight) = (Arc::clone(&service), activity.request());
        async move {
            let response = service.respond(request, peer).await;
            Ok::<_, Infallible>(while_streaming(response, in_flight))
        }
    });
    let served = http.serve_connection(TokioIo::new(stream), answer).into_owned();
    if let Some(Err(error)) = connection.run(served, |it| it.graceful_shutdown()).await {
        debug!("connection ended: {error}");
    }
}

/// A server without a listener, which answers streams of its caller. For fuzz targets.
#[cfg(feature = "internals")]
pub(crate) struct BareServer<R>(Arc<Service<R>>);

#[cfg(feature = "internals")]
impl<R: Respond> BareServer<R> {
    pub(crate) fn new(responder: R, gate: Gate, admission: Admission) -> Self {
        Self(Arc::new(Service { responder, gate, admission, tls: Tls::default() }))
    }

    /// Answers what a stream asks for, until it ends.
    pub(crate) async fn answer<S>(&self, stream: S)
    where
        S: AsyncRead + AsyncWrite + Send + Unpin + 'static,
    {
        let answer = service_fn(|request| {
            let service = Arc::clone(&self.0);
            async move { Ok::<_, Infallible>(service.respond(request, None).await) }
        });
        let http = http(&self.0.admission);
        // It may break off, or not be HTTP.
        let _ = http.serve_connection(TokioIo::new(stream), answer).await;
    }
}

//! The HTTP server: connections, and who may send requests.

use std::{convert::Infallible, sync::Arc, time::Duration};

use hyper::{
    Method, Request, Response, StatusCode,
    body::{Bytes, Incoming},
    service::service_fn,
};
use hyper_util::{
    rt::{TokioExecutor, TokioIo, TokioTimer},
    server::conn::auto,
};
use restate_core::{
    RpcCode,
    server::{Admission, Connection, Hosts, Origins, RequestBody, accept},
};
use restate_grpc::{Body, FrontDoor, Protocol, RpcStatus, ingress::IngressCalls, refuse};
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::{TcpListener, TcpStream},
};
use tokio_rustls::TlsAcceptor;
use tracing::debug;

/// A server of rpcs.
pub(crate) struct Server {
    pub(crate) front_door: FrontDoor<IngressCalls>,
    pub(crate) hosts: Hosts,
    pub(crate) origins: Origins,
    pub(crate) admission: Admission,
    /// The longest headers of a request, in bytes.
    pub(crate) max_headers: u32,
    pub(crate) tls: Option<TlsAcceptor>,
}

impl Server {
    /// Serves until `stop` resolves. Calls that are under way then may take `timeout` to end.
    pub(crate) async fn serve(self, listener: TcpListener, stop: impl Future, timeout: Duration) {
        let server = Arc::new(self);
        let serve = |stream, connection| {
            let server = Arc::clone(&server);
            async move { server.serve_connection(stream, connection).await }
        };
        let answers_in_plain = server.tls.is_none();
        accept(listener, &server.admission, stop, timeout, answers_in_plain, serve).await;
    }

    async fn serve_connection(self: Arc<Self>, stream: TcpStream, connection: Connection) {
        let Some(acceptor) = self.tls.clone() else {
            return self.serve_stream(stream, connection).await;
        };
        let timeout = self.admission.header_timeout();
        match tokio::time::timeout(timeout, acceptor.accept(stream)).await {
            Ok(Ok(stream)) => self.serve_stream(stream, connection).await,
            Ok(Err(error)) => debug!("the TLS handshake of a connection failed: {error}"),
            Err(_) => debug!("the TLS handshake of a connection took longer than {timeout:?}"),
        }
    }

    async fn serve_stream<S>(self: Arc<Self>, stream: S, connection: Connection)
    where
        S: AsyncRead + AsyncWrite + Send + Unpin + 'static,
    {
        let http = self.http();
        let activity = connection.activity();
        let answer = service_fn(move |request| {
            let (server, in_flight) = (Arc::clone(&self), activity.request());
            async move {
                let response = server.respond(request).await;
                Ok::<_, Infallible>(response.map(|body| body.while_streaming(in_flight)))
            }
        });
        let served = http.serve_connection(TokioIo::new(stream), answer).into_owned();
        if let Some(Err(error)) = connection.run(served, |it| it.graceful_shutdown()).await {
            debug!("a connection ended: {error}");
        }
    }

    /// HTTP/1.1, and HTTP/2 with prior knowledge or by ALPN.
    fn http(&self) -> auto::Builder<TokioExecutor> {
        let mut builder = auto::Builder::new(TokioExecutor::new());
        builder
            .http1()
            .timer(TokioTimer::new())
            .header_read_timeout(self.admission.header_timeout())
            .max_buf_size(usize::try_from(self.max_headers).unwrap_or(usize::MAX));
        builder
            .http2()
            .timer(TokioTimer::new())
            .max_header_list_size(self.max_headers)
            // Notices a client that is gone without closing the connection.
            .keep_alive_interval(Duration::from_secs(30))
            .keep_alive_timeout(Duration::from_secs(20));
        builder
    }

    async fn respond(&self, request: Request<Incoming>) -> Response<Body> {
        let version = request.version();
        let request = request.map(|body| RequestBody::new(body, version));
        let host = match self.hosts.check(&request) {
            Ok(host) => host,
            Err(error) => {
                return forbidden(&request, format!("{error}, or add the name with `--host`"));
            }
        };
        let sender = match self.origins.check(&request, host) {
            Ok(sender) => sender,
            Err(error) => return forbidden(&request, format!("{error}; allow it with `--cors`")),
        };
        if let Some(response) = self.origins.preflight(&request, &sender) {
            return response.map(|()| Body::default());
        }
        let mut response = self.carry_out(request).await;
        self.origins.allow(&sender, response.headers_mut());
        response
    }

    async fn carry_out(&self, request: Request<RequestBody<Incoming>>) -> Response<Body> {
        let Some(protocol) = Protocol::of(&request) else { return in_plain(&request) };
        match self.admission.request() {
            Some(admitted) => {
                let response = self.front_door.respond(protocol, request).await;
                response.map(|body| body.while_streaming(admitted))
            }
            None => {
                let text = "too many calls are under way; try again later";
                refuse(protocol, &request, &RpcStatus::new(RpcCode::Unavailable, text))
            }
        }
    }
}

/// The response to a request that is not an rpc.
fn in_plain<B>(request: &Request<B>) -> Response<Body> {
    match (request.method(), request.uri().path()) {
        (&Method::GET | &Method::HEAD, "/health") => Response::new(Body::default()),
        _ => text(
            StatusCode::NOT_FOUND,
            "this server answers gRPC, gRPC-Web and Connect (with `connect-protocol-version: 1`); plain \
             HTTP is answered by the ingress of the Restate server",
        ),
    }
}

fn forbidden<B>(request: &Request<B>, message: String) -> Response<Body> {
    match Protocol::of(request) {
        Some(protocol) => {
            refuse(protocol, request, &RpcStatus::new(RpcCode::PermissionDenied, message))
        }
        None => text(StatusCode::FORBIDDEN, message),
    }
}

fn text(status: StatusCode, text: impl Into<Bytes>) -> Response<Body> {
    let mut response = Response::new(Body::new(text.into()));
    *response.status_mut() = status;
    response
}

//! Answers requests of all protocols.

use std::{fmt::Display, sync::Arc};

use bytes::Bytes;
use http::{
    HeaderMap, HeaderName, Method, Request, Response, StatusCode, Version,
    header::{ACCEPT_ENCODING, ALLOW, CONTENT_ENCODING, HeaderValue},
    request::Parts,
};
use restate_core::{Encoding, RpcCode};

use crate::{
    body::Body,
    calls::{Answer, CallError, CallMode, Calls, UnaryCall},
    compression::Compression,
    details::Details,
    limits::MessageLimits,
    metadata::{CallOptions, for_handler},
    own::{OwnRequest, OwnRpc, Reflection},
    protocol::{CONNECT_VERSION, Protocol},
    receive::{Query, receive},
    respond::{
        CONNECT_ACCEPT_ENCODING, CONNECT_ENCODING, GRPC_ACCEPT_ENCODING, GRPC_ENCODING,
        ReplyFormat, http_error,
    },
    status::RpcStatus,
    stream::{Requests, ResponseStream},
    timeout::timeout,
};

const ACCEPT_POST: HeaderName = HeaderName::from_static("accept-post");

/// Answers the requests of gRPC, gRPC-Web and Connect clients.
///
/// It is a service of HTTP requests and knows nothing of connections: the server that it is part of
/// finds out with [`Protocol::of`] which requests are for it.
#[derive(Debug)]
pub struct FrontDoor<C> {
    calls: Arc<C>,
    limits: MessageLimits,
    reflection: Arc<Reflection>,
    details: Arc<Details>,
}

impl<C> Clone for FrontDoor<C> {
    fn clone(&self) -> Self {
        let (calls, reflection) = (Arc::clone(&self.calls), Arc::clone(&self.reflection));
        let (limits, details) = (self.limits.clone(), Arc::clone(&self.details));
        Self { calls, limits, reflection, details }
    }
}

/// What a request is answered with.
enum Replied {
    Answer(Answer),
    Stream(Body),
}

/// A request that is not answered with a message.
enum Refused {
    /// With a failure of the protocol.
    Status(RpcStatus),
    /// Because there is no such rpc.
    NoRpc(RpcStatus),
    /// With one of HTTP.
    Http(StatusCode, HeaderMap, &'static str),
}

impl From<RpcStatus> for Refused {
    fn from(status: RpcStatus) -> Self {
        Self::Status(status)
    }
}

impl<C: Calls> FrontDoor<C> {
    /// A front door for what `calls` carries.
    pub fn new(calls: C, limits: MessageLimits) -> Self {
        Self { calls: Arc::new(calls), limits, reflection: Arc::default(), details: Arc::default() }
    }

    /// Whether a request is for a service of this front door, which its own are too.
    pub fn serves<B>(&self, request: &Request<B>) -> bool {
        names(request.uri().path()).is_ok_and(|(service, method)| {
            OwnRpc::find(service, method).is_some() || self.calls.serves(service)
        })
    }

    /// The response to a request of this protocol.
    pub async fn respond<B>(&self, protocol: Protocol, request: Request<B>) -> Response<Body>
    where
        B: http_body::Body<Data = Bytes, Error: Display> + Send + 'static,
    {
        let (parts, body) = request.into_parts();
        let mut format = reply_format(protocol, &parts);
        match self.answer(&mut format, parts, body).await {
            Ok(Replied::Stream(body)) => format.stream(body),
            Ok(Replied::Answer(Answer { invocation_id, result })) => {
                let id = invocation_id.as_deref();
                match result {
                    Ok(message) => format.message(message, id),
                    Err(error) => format.failure(&self.failure(&error, id), id),
                }
            }
            Err(Refused::Status(status)) => format.failure(&status, None),
            Err(Refused::NoRpc(status)) => {
                let mut response = format.failure(&status, None);
                if protocol == Protocol::Connect || protocol == Protocol::ConnectGet {
                    // As for a path that a server does not have.
                    *response.status_mut() = StatusCode::NOT_FOUND;
                }
                response
            }
            Err(Refused::Http(status, headers, text)) => http_error(status, headers, text),
        }
    }

    async fn answer<B>(
        &self,
        format: &mut ReplyFormat,
        parts: Parts,
        body: B,
    ) -> Result<Replied, Refused>
    where
        B: http_body::Body<Data = Bytes, Error: Display> + Send + 'static,
    {
        let protocol = format.protocol;
        check_http(protocol, &parts)?;
        let (service, method) = names(parts.uri.path()).map_err(Refused::NoRpc)?;
        let query = match protocol {
            Protocol::ConnectGet => {
                let query = Query::read(parts.uri.query().unwrap_or_default())?;
                format.encoding = encoding_of(&query)?;
                Some(query)
            }
            _ => {
                format.encoding = protocol.encoding(&parts.headers).ok_or_else(unknown_codec)?;
                None
            }
        };
        if let Some(own) = OwnRpc::find(service, method) {
            let own = own.map_err(Refused::NoRpc)?;
            return self.answer_own(own, format, parts, body).await;
        }
        let rpc = self.calls.find(service, method).map_err(|status| match status.code() {
            RpcCode::Unimplemented => Refused::NoRpc(status),
            _ => Refused::Status(status),
        })?;
        if protocol == Protocol::ConnectStream {
            return Err(streams(service, method).into());
        }
        if query.is_some() && !self.calls.is_read(&rpc) {
            return Err(not_by_get());
        }
        let timeout = timeout(protocol, &parts.headers)?;
        let options = CallOptions::read(&parts.headers)?;
        let message = match query {
            Some(query) => query.message(self.limits.length)?,
            None => self.receive(protocol, &parts, body).await?,
        };
        let call = UnaryCall {
            message,
            encoding: format.encoding,
            headers: for_handler(&parts.headers)?,
            key: options.key,
            idempotency_key: options.idempotency_key,
            scope: options.scope,
            limit_key: options.limit_key,
            mode: match options.send {
                true => CallMode::Send { delay: options.delay },
                false => CallMode::Call { wait: timeout },
            },
            path: parts.uri.path().to_owned(),
        };
        Ok(Replied::Answer(self.calls.call(rpc, call).await))
    }

    /// Answers an rpc of this crate's own services.
    async fn answer_own<B>(
        &self,
        rpc: OwnRpc,
        format: &ReplyFormat,
        parts: Parts,
        body: B,
    ) -> Result<Replied, Refused>
    where
        B: http_body::Body<Data = Bytes, Error: Display> + Send + 'static,
    {
        let protocol = format.protocol;
        match (rpc.streams(), protocol) {
            (_, Protocol::ConnectGet) => return Err(not_by_get()),
            (true, Protocol::Connect) => {
                let text = "this rpc streams; call it with `application/connect+proto` or `+json`";
                let (status, headers) = (StatusCode::UNSUPPORTED_MEDIA_TYPE, HeaderMap::new());
                return Err(Refused::Http(status, headers, text));
            }
            (false, Protocol::ConnectStream) => {
                let text = "this rpc does not stream; call it as a unary rpc";
                return Err(RpcStatus::new(RpcCode::Unimplemented, text).into());
            }
            (false, _) => {
                let request = OwnRequest {
                    wait: timeout(protocol, &parts.headers)?,
                    options: CallOptions::read(&parts.headers)?,
                    headers: for_handler(&parts.headers)?,
                    message: self.receive(protocol, &parts, body).await?,
                    encoding: format.encoding,
                    path: parts.uri.path().to_owned(),
                };
                // These calls are rare, and their state would make that of every other one larger.
                let answer = Box::pin(rpc.answer(&*self.calls, request)).await?;
                return Ok(Replied::Answer(answer));
            }
            (true, _) => {}
        }
        let compression = request_compression(protocol, &parts.headers)?;
        let requests = Requests::new(body, format, compression);
        let (calls, reflection) = (Arc::clone(&self.calls), Arc::clone(&self.reflection));
        let serve = |responses| rpc.serve(calls, reflection, requests, responses);
        Ok(Replied::Stream(Body::streamed(ResponseStream::new(*format, serve))))
    }

    fn failure(&self, error: &CallError, invocation_id: Option<&str>) -> RpcStatus {
        match error {
            CallError::Failed(error) => self.details.status(&*self.calls, error),
            CallError::DeadlineExceeded => {
                let name = invocation_id.unwrap_or("the invocation");
                let text = format!(
                    "the deadline has passed; {name} goes on, and its result can be asked for by this id"
                );
                RpcStatus::new(RpcCode::DeadlineExceeded, text)
            }
        }
    }

    async fn receive<B>(
        &self,
        protocol: Protocol,
        parts: &Parts,
        body: B,
    ) -> Result<Bytes, RpcStatus>
    where
        B: http_body::Body<Data = Bytes, Error: Display> + Send,
    {
        let compression = request_compression(protocol, &parts.headers)?;
        receive(body, protocol, compression, &self.limits).await
    }
}

/// The response to a request that is refused before it reaches a [`FrontDoor`].
pub fn refuse<B>(protocol: Protocol, request: &Request<B>, status: &RpcStatus) -> Response<Body> {
    let format = ReplyFormat {
        protocol,
        encoding: protocol.encoding(request.headers()).unwrap_or(Encoding::Proto),
        accepted: Compression::Identity,
    };
    format.failure(status, None)
}

fn reply_format(protocol: Protocol, parts: &Parts) -> ReplyFormat {
    let accept = match protocol {
        Protocol::Grpc | Protocol::GrpcWeb | Protocol::GrpcWebText => GRPC_ACCEPT_ENCODING,
        Protocol::Connect | Protocol::ConnectGet => ACCEPT_ENCODING,
        Protocol::ConnectStream => CONNECT_ACCEPT_ENCODING,
    };
    let accepted = Compression::accepted(&parts.headers, accept);
    let encoding = protocol.encoding(&parts.headers).unwrap_or(Encoding::Proto);
    ReplyFormat { protocol, encoding, accepted }
}

/// Checks what is the same for all calls of a protocol.
fn check_http(protocol: Protocol, parts: &Parts) -> Result<(), Refused> {
    if protocol == Protocol::Grpc && parts.version < Version::HTTP_2 {
        let text = "gRPC needs HTTP/2; over HTTP/1.1, use gRPC-Web or Connect";
        return Err(Refused::Http(StatusCode::HTTP_VERSION_NOT_SUPPORTED, HeaderMap::new(), text));
    }
    if protocol != Protocol::ConnectGet && parts.method != Method::POST {
        let headers = HeaderMap::from_iter([(ALLOW, HeaderValue::from_static("POST"))]);
        return Err(Refused::Http(StatusCode::METHOD_NOT_ALLOWED, headers, "use POST"));
    }
    match parts.headers.get(CONNECT_VERSION).map(HeaderValue::as_bytes) {
        None | Some(b"1") => Ok(()),
        Some(_) => Err(RpcStatus::new(
            RpcCode::InvalidArgument,
            "the version in `connect-protocol-version` is unknown; it must be `1`",
        )
        .into()),
    }
}

/// The names in `/{service}/{method}`.
fn names(path: &str) -> Result<(&str, &str), RpcStatus> {
    let names = path.strip_prefix('/').and_then(|path| path.split_once('/'));
    names.filter(|(service, method)| !service.is_empty() && !method.is_empty()).ok_or_else(|| {
        let text = format!("`{path}` is not an rpc; rpcs are called at /package.Service/Method");
        RpcStatus::new(RpcCode::Unimplemented, text)
    })
}

fn encoding_of(query: &Query) -> Result<Encoding, RpcStatus> {
    match &*query.encoding {
        "json" => Ok(Encoding::Json),
        "proto" => Ok(Encoding::Proto),
        other => Err(RpcStatus::new(
            RpcCode::InvalidArgument,
            format!("the parameter `encoding` is `{other}`; it must be `json` or `proto`"),
        )),
    }
}

fn unknown_codec() -> Refused {
    let accepted = HeaderValue::from_static(
        "application/grpc, application/grpc+proto, application/grpc+json, application/grpc-web, \
         application/grpc-web+proto, application/grpc-web+json, application/grpc-web-text, \
         application/json, application/proto",
    );
    let headers = HeaderMap::from_iter([(ACCEPT_POST, accepted)]);
    let text = "the codec in the content type is unknown; use `proto` or `json`";
    Refused::Http(StatusCode::UNSUPPORTED_MEDIA_TYPE, headers, text)
}

fn request_compression(protocol: Protocol, headers: &HeaderMap) -> Result<Compression, RpcStatus> {
    let name = match protocol {
        Protocol::Connect | Protocol::ConnectGet => CONTENT_ENCODING,
        Protocol::ConnectStream => CONNECT_ENCODING,
        Protocol::Grpc | Protocol::GrpcWeb | Protocol::GrpcWebText => GRPC_ENCODING,
    };
    Compression::named(headers.get(name).map(|value| value.to_str().unwrap_or("?")))
}

fn not_by_get() -> Refused {
    let headers = HeaderMap::from_iter([(ALLOW, HeaderValue::from_static("POST"))]);
    let text = "use POST: the contract does not say that this rpc has no side effects";
    Refused::Http(StatusCode::METHOD_NOT_ALLOWED, headers, text)
}

fn streams(service: &str, method: &str) -> RpcStatus {
    let text = format!(
        "`{service}/{method}` does not stream: a durable rpc has one request and one response; call \
         it as a unary rpc"
    );
    RpcStatus::new(RpcCode::Unimplemented, text)
}

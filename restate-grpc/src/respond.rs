//! Writes responses, as each protocol has them.

use base64::{
    Engine,
    engine::general_purpose::{STANDARD, STANDARD_NO_PAD},
};
use bytes::{Bytes, BytesMut};
use http::{
    HeaderMap, HeaderName, Response, StatusCode,
    header::{ACCEPT_ENCODING, CONTENT_ENCODING, CONTENT_TYPE, HeaderValue, VARY},
};
use http_body::Frame;
use percent_encoding::{AsciiSet, CONTROLS, utf8_percent_encode};
use restate_core::Encoding;

use crate::{
    body::Body,
    compression::{ACCEPTED, Compression, compress},
    envelope::{self, COMPRESSED},
    protocol::Protocol,
    status::RpcStatus,
};

/// Headers of responses that pages of other origins need besides `content-type`: the list for
/// `access-control-expose-headers`.
pub const EXPOSED_HEADERS: &str = "x-restate-id, x-restate-error-source, retry-after, grpc-status, grpc-message, \
     grpc-status-details-bin, grpc-encoding, content-encoding";

/// Names the invocation that a response is about.
const INVOCATION_ID: HeaderName = HeaderName::from_static("x-restate-id");
const GRPC_STATUS: HeaderName = HeaderName::from_static("grpc-status");
const GRPC_MESSAGE: HeaderName = HeaderName::from_static("grpc-message");
const GRPC_DETAILS: HeaderName = HeaderName::from_static("grpc-status-details-bin");
pub(crate) const GRPC_ENCODING: HeaderName = HeaderName::from_static("grpc-encoding");
pub(crate) const GRPC_ACCEPT_ENCODING: HeaderName = HeaderName::from_static("grpc-accept-encoding");
pub(crate) const CONNECT_ENCODING: HeaderName = HeaderName::from_static("connect-content-encoding");
pub(crate) const CONNECT_ACCEPT_ENCODING: HeaderName =
    HeaderName::from_static("connect-accept-encoding");

/// What gRPC does not write as it is in `grpc-message`: all but visible ASCII and spaces, and `%`.
const MESSAGE: &AsciiSet = &CONTROLS.add(b'%');

/// The frame of gRPC-Web that holds the trailers.
const WEB_TRAILERS: u8 = 0x80;

/// The message of a Connect stream that ends it.
const CONNECT_END: u8 = 2;

/// How the client of a request is answered.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ReplyFormat {
    pub(crate) protocol: Protocol,
    pub(crate) encoding: Encoding,
    /// The compression that the client accepts.
    pub(crate) accepted: Compression,
}

impl ReplyFormat {
    /// The response with a message.
    pub(crate) fn message(&self, message: Bytes, invocation_id: Option<&str>) -> Response<Body> {
        let (message, compression) = compress(message, self.accepted);
        let is_compressed = compression == Compression::Gzip;
        let gzip = HeaderValue::from_static("gzip");
        let mut headers = self.headers(invocation_id);
        let body = match self.protocol {
            Protocol::Connect | Protocol::ConnectGet | Protocol::ConnectStream => {
                if is_compressed {
                    headers.insert(CONTENT_ENCODING, gzip);
                }
                if self.protocol == Protocol::ConnectGet {
                    headers.insert(VARY, HeaderValue::from_static("accept-encoding"));
                }
                Body::new(message)
            }
            Protocol::Grpc | Protocol::GrpcWeb | Protocol::GrpcWebText => {
                if is_compressed {
                    headers.insert(GRPC_ENCODING, gzip);
                }
                let mut frames = BytesMut::new();
                envelope::put(&mut frames, if is_compressed { COMPRESSED } else { 0 }, &message);
                let ok = HeaderMap::from_iter([(GRPC_STATUS, HeaderValue::from_static("0"))]);
                self.framed(frames, ok)
            }
        };
        response(StatusCode::OK, headers, body)
    }

    /// The response with a failure.
    pub(crate) fn failure(
        &self,
        status: &RpcStatus,
        invocation_id: Option<&str>,
    ) -> Response<Body> {
        let mut headers = self.headers(invocation_id);
        match self.protocol {
            // Only trailers: clients find them in the place of the headers.
            Protocol::Grpc => {
                headers.extend(trailers(status));
                response(StatusCode::OK, headers, Body::default())
            }
            Protocol::GrpcWeb | Protocol::GrpcWebText => {
                let body = self.framed(BytesMut::new(), trailers(status));
                response(StatusCode::OK, headers, body)
            }
            Protocol::Connect | Protocol::ConnectGet => {
                headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
                let body = Bytes::from(status.connect_json().to_string());
                let code = StatusCode::from_u16(status.code().http_status());
                response(
                    code.unwrap_or(StatusCode::INTERNAL_SERVER_ERROR),
                    headers,
                    Body::new(body),
                )
            }
            Protocol::ConnectStream => {
                let end = serde_json::json!({ "error": status.connect_json() }).to_string();
                let mut frames = BytesMut::new();
                envelope::put(&mut frames, CONNECT_END, end.as_bytes());
                response(StatusCode::OK, headers, Body::new(frames.freeze()))
            }
        }
    }

    /// The response that streams.
    pub(crate) fn stream(&self, body: Body) -> Response<Body> {
        let mut headers = self.headers(None);
        if self.accepted == Compression::Gzip {
            let name = match self.protocol {
                Protocol::ConnectStream => CONNECT_ENCODING,
                _ => GRPC_ENCODING,
            };
            headers.insert(name, HeaderValue::from_static("gzip"));
        }
        response(StatusCode::OK, headers, body)
    }

    /// A message of a stream.
    pub(crate) fn stream_message(&self, message: Bytes) -> Frame<Bytes> {
        let (message, compression) = compress(message, self.accepted);
        let flags = if compression == Compression::Gzip { COMPRESSED } else { 0 };
        self.stream_frame(flags, &message)
    }

    /// The end of a stream.
    pub(crate) fn stream_end(&self, ended: Result<(), RpcStatus>) -> Frame<Bytes> {
        if self.protocol == Protocol::ConnectStream {
            let end = match ended {
                Ok(()) => serde_json::json!({}),
                Err(status) => serde_json::json!({ "error": status.connect_json() }),
            };
            return self.stream_frame(CONNECT_END, end.to_string().as_bytes());
        }
        let trailers = match ended {
            Ok(()) => HeaderMap::from_iter([(GRPC_STATUS, HeaderValue::from_static("0"))]),
            Err(status) => trailers(&status),
        };
        match self.protocol {
            Protocol::Grpc => Frame::trailers(trailers),
            _ => self.stream_frame(WEB_TRAILERS, &in_body(&trailers)),
        }
    }

    fn stream_frame(&self, flags: u8, message: &[u8]) -> Frame<Bytes> {
        let mut frame = BytesMut::new();
        envelope::put(&mut frame, flags, message);
        Frame::data(match self.protocol {
            Protocol::GrpcWebText => STANDARD.encode(&frame).into(),
            _ => frame.freeze(),
        })
    }

    fn headers(&self, invocation_id: Option<&str>) -> HeaderMap {
        let mut headers = HeaderMap::with_capacity(8);
        headers.insert(CONTENT_TYPE, self.protocol.response_type(self.encoding));
        let accepted = match self.protocol {
            Protocol::Grpc | Protocol::GrpcWeb | Protocol::GrpcWebText => GRPC_ACCEPT_ENCODING,
            Protocol::ConnectStream => CONNECT_ACCEPT_ENCODING,
            Protocol::Connect | Protocol::ConnectGet => ACCEPT_ENCODING,
        };
        headers.insert(accepted, ACCEPTED);
        if let Some(id) = invocation_id.and_then(|id| HeaderValue::try_from(id).ok()) {
            headers.insert(INVOCATION_ID, id);
        }
        headers
    }

    /// A body with trailers, where the protocol has them.
    fn framed(&self, mut frames: BytesMut, trailers: HeaderMap) -> Body {
        if self.protocol == Protocol::Grpc {
            return Body::new(frames.freeze()).with_trailers(trailers);
        }
        envelope::put(&mut frames, WEB_TRAILERS, &in_body(&trailers));
        Body::new(match self.protocol {
            Protocol::GrpcWebText => STANDARD.encode(&frames).into(),
            _ => frames.freeze(),
        })
    }
}

/// Trailers as they are in the body of gRPC-Web.
fn in_body(trailers: &HeaderMap) -> Vec<u8> {
    let mut text = Vec::new();
    for (name, value) in trailers {
        text.extend_from_slice(name.as_str().as_bytes());
        text.extend_from_slice(b": ");
        text.extend_from_slice(value.as_bytes());
        text.extend_from_slice(b"\r\n");
    }
    text
}

/// A response of HTTP, for requests that are not of the protocol that they name.
pub(crate) fn http_error(status: StatusCode, headers: HeaderMap, text: &str) -> Response<Body> {
    let mut headers = headers;
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("text/plain; charset=utf-8"));
    response(status, headers, Body::new(Bytes::copy_from_slice(text.as_bytes())))
}

fn trailers(status: &RpcStatus) -> HeaderMap {
    let mut trailers = HeaderMap::with_capacity(3);
    trailers.insert(GRPC_STATUS, HeaderValue::from(status.code().number()));
    let message = utf8_percent_encode(status.message(), MESSAGE).to_string();
    if let Ok(message) = HeaderValue::try_from(message) {
        trailers.insert(GRPC_MESSAGE, message);
    }
    let details = status.encoded().map(|details| STANDARD_NO_PAD.encode(details));
    if let Some(Ok(details)) = details.map(HeaderValue::try_from) {
        trailers.insert(GRPC_DETAILS, details);
    }
    trailers
}

fn response(status: StatusCode, headers: HeaderMap, body: Body) -> Response<Body> {
    let mut response = Response::new(body);
    (*response.status_mut(), *response.headers_mut()) = (status, headers);
    response
}

#[cfg(test)]
mod tests {
    use restate_core::RpcCode;

    use super::*;

    #[test]
    fn messages_are_percent_encoded() {
        let status = RpcStatus::new(RpcCode::NotFound, "100 % of Zoë\n");
        assert_eq!(trailers(&status)[GRPC_MESSAGE], "100 %25 of Zo%C3%AB%0A");
    }
}

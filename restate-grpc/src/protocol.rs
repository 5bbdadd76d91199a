//! Which protocol a client speaks.

use http::{
    HeaderMap, HeaderName, Method, Request,
    header::{CONTENT_TYPE, HeaderValue},
};
use restate_core::Encoding;

pub(crate) const CONNECT_VERSION: HeaderName = HeaderName::from_static("connect-protocol-version");

/// A protocol for calls by the names of a contract.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Protocol {
    /// gRPC over HTTP/2.
    Grpc,
    /// gRPC-Web, for browsers: trailers are in the body.
    GrpcWeb,
    /// gRPC-Web whose bodies are base64, for browsers that read no binary.
    GrpcWebText,
    /// Connect, an rpc of one request and one response by POST.
    Connect,
    /// The same by GET, with the request in the query.
    ConnectGet,
    /// Connect, an rpc that streams.
    ConnectStream,
}

impl Protocol {
    /// The protocol of a request; `None` for one of none of these, such as plain HTTP.
    pub fn of<B>(request: &Request<B>) -> Option<Self> {
        // Routes of the ingress itself, whatever headers a client adds.
        if request.uri().path().starts_with("/restate/") {
            return None;
        }
        let content_type = content_type(request.headers());
        let (protocol, _) = content_type.and_then(framed).unzip();
        protocol.or_else(|| {
            let query = request.uri().query().unwrap_or_default();
            let has_version = request.headers().contains_key(CONNECT_VERSION);
            match *request.method() {
                Method::GET if has_version || is_connect_query(query) => Some(Self::ConnectGet),
                Method::GET => None,
                _ => has_version.then_some(Self::Connect),
            }
        })
    }

    /// Whether messages have a prefix of five bytes.
    pub(crate) fn is_framed(self) -> bool {
        !matches!(self, Self::Connect | Self::ConnectGet)
    }

    /// The encoding of messages with this content type; `None` for an unknown one.
    pub(crate) fn encoding(self, headers: &HeaderMap) -> Option<Encoding> {
        let content_type = content_type(headers)?;
        match framed(content_type) {
            Some((_, "" | "proto")) => Some(Encoding::Proto),
            Some((_, "json")) => Some(Encoding::Json),
            Some(_) => None,
            None => match media_type(content_type) {
                "application/proto" => Some(Encoding::Proto),
                "application/json" => Some(Encoding::Json),
                _ => None,
            },
        }
    }

    /// The content type of responses.
    pub(crate) fn response_type(self, encoding: Encoding) -> HeaderValue {
        let is_json = encoding == Encoding::Json;
        HeaderValue::from_static(match (self, is_json) {
            (Self::Grpc, false) => "application/grpc+proto",
            (Self::Grpc, true) => "application/grpc+json",
            (Self::GrpcWeb, false) => "application/grpc-web+proto",
            (Self::GrpcWeb, true) => "application/grpc-web+json",
            (Self::GrpcWebText, false) => "application/grpc-web-text+proto",
            (Self::GrpcWebText, true) => "application/grpc-web-text+json",
            (Self::Connect | Self::ConnectGet, false) => "application/proto",
            (Self::Connect | Self::ConnectGet, true) => "application/json",
            (Self::ConnectStream, false) => "application/connect+proto",
            (Self::ConnectStream, true) => "application/connect+json",
        })
    }
}

/// The protocol and the codec of a content type that only these protocols have.
fn framed(content_type: &str) -> Option<(Protocol, &str)> {
    let media_type = media_type(content_type);
    // The longer names begin with the shorter ones.
    let names = [
        ("application/grpc-web-text", Protocol::GrpcWebText),
        ("application/grpc-web", Protocol::GrpcWeb),
        ("application/grpc", Protocol::Grpc),
    ];
    let (name, protocol) = match media_type.strip_prefix("application/connect+") {
        Some(codec) => return Some((Protocol::ConnectStream, codec)),
        None => names.into_iter().find(|(name, _)| media_type.starts_with(name))?,
    };
    match &media_type[name.len()..] {
        "" => Some((protocol, "")),
        codec => codec.strip_prefix('+').map(|codec| (protocol, codec)),
    }
}

fn content_type(headers: &HeaderMap) -> Option<&str> {
    headers.get(CONTENT_TYPE)?.to_str().ok()
}

pub(crate) fn media_type(content_type: &str) -> &str {
    content_type.split(';').next().unwrap_or_default().trim()
}

/// Whether a query holds a request of Connect. The version is optional there.
fn is_connect_query(query: &str) -> bool {
    let has = |name: &str| query.split('&').any(|pair| pair.split('=').next() == Some(name));
    query.split('&').any(|pair| pair == "connect=v1") || (has("message") && has("encoding"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(method: Method, uri: &str, headers: &[(&str, &str)]) -> Option<Protocol> {
        let mut request = Request::new(());
        (*request.method_mut(), *request.uri_mut()) = (method, uri.parse().unwrap());
        for (name, value) in headers {
            let name = HeaderName::from_bytes(name.as_bytes()).unwrap();
            request.headers_mut().insert(name, value.parse().unwrap());
        }
        Protocol::of(&request)
    }

    #[test]
    fn content_types_and_headers_name_the_protocol() {
        for (content_type, protocol) in [
            ("application/grpc", Some(Protocol::Grpc)),
            ("application/grpc+proto", Some(Protocol::Grpc)),
            ("application/grpc;charset=utf-8", Some(Protocol::Grpc)),
            ("application/grpc-web", Some(Protocol::GrpcWeb)),
            ("application/grpc-web+json", Some(Protocol::GrpcWeb)),
            ("application/grpc-web-text+proto", Some(Protocol::GrpcWebText)),
            ("application/connect+proto", Some(Protocol::ConnectStream)),
            ("application/grpc-other", None),
            ("application/json", None),
            ("application/proto", None),
        ] {
            let headers = [("content-type", content_type)];
            assert_eq!(of(Method::POST, "/S/M", &headers), protocol, "{content_type}");
        }
        let version = [("connect-protocol-version", "1"), ("content-type", "application/json")];
        assert_eq!(of(Method::POST, "/S/M", &version), Some(Protocol::Connect));
        assert_eq!(of(Method::POST, "/restate/lookup", &version), None);
    }

    #[test]
    fn a_query_with_a_request_is_connect() {
        for (uri, protocol) in [
            ("/S/M?connect=v1&encoding=json&message=%7B%7D", Some(Protocol::ConnectGet)),
            ("/S/M?encoding=json&message=%7B%7D", Some(Protocol::ConnectGet)),
            ("/S/M?message=hi", None),
            ("/S/M", None),
        ] {
            assert_eq!(of(Method::GET, uri, &[]), protocol, "{uri}");
        }
    }
}

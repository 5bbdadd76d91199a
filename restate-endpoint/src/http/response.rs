//! Responses without an attempt in them, and why a request is refused.

use std::fmt;

use http::{HeaderMap, HeaderName, HeaderValue, Response, StatusCode, header};

use super::ResponseBody;
use crate::discovery::TooNew;

const SERVER: HeaderName = HeaderName::from_static("x-restate-server");
const SERVER_NAME: HeaderValue =
    HeaderValue::from_static(concat!(env!("CARGO_PKG_NAME"), "/", env!("CARGO_PKG_VERSION")));

/// A response with status 200 that names this implementation.
pub(crate) fn ok(content_type: HeaderValue, body: ResponseBody) -> Response<ResponseBody> {
    ok_reusing(HeaderMap::new(), content_type, body)
}

/// As [`ok`], in the memory of headers that are no longer needed.
pub(crate) fn ok_reusing(
    mut headers: HeaderMap,
    content_type: HeaderValue,
    body: ResponseBody,
) -> Response<ResponseBody> {
    headers.clear();
    headers.insert(SERVER, SERVER_NAME);
    headers.insert(header::CONTENT_TYPE, content_type);
    let mut response = Response::new(body);
    *response.headers_mut() = headers;
    response
}

/// Why a request is refused before any handler sees it.
#[derive(Debug)]
pub(crate) enum Refusal {
    #[cfg(feature = "request-identity")]
    Identity(crate::identity::Untrusted),
    UnknownPath {
        path: String,
    },
    UnknownService {
        name: String,
    },
    UnknownHandler {
        service: &'static str,
        name: String,
    },
    Method {
        allowed: &'static [http::Method],
    },
    ProtocolVersion {
        content_type: String,
    },
    ManifestVersion {
        accept: String,
    },
    Manifest(TooNew),
}

impl Refusal {
    fn status(&self) -> StatusCode {
        match self {
            #[cfg(feature = "request-identity")]
            Self::Identity(_) => StatusCode::UNAUTHORIZED,
            Self::UnknownPath { .. }
            | Self::UnknownService { .. }
            | Self::UnknownHandler { .. } => StatusCode::NOT_FOUND,
            Self::Method { .. } => StatusCode::METHOD_NOT_ALLOWED,
            Self::ProtocolVersion { .. } | Self::ManifestVersion { .. } => {
                StatusCode::UNSUPPORTED_MEDIA_TYPE
            }
            Self::Manifest(_) => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }
}

impl From<Refusal> for Response<ResponseBody> {
    fn from(refusal: Refusal) -> Self {
        let text = HeaderValue::from_static("text/plain; charset=utf-8");
        let mut response = ok(text, ResponseBody::full(refusal.to_string()));
        *response.status_mut() = refusal.status();
        if let Refusal::Method { allowed } = refusal
            && let Ok(allowed) = HeaderValue::try_from(joined(allowed))
        {
            response.headers_mut().insert(header::ALLOW, allowed);
        }
        response
    }
}

fn joined(methods: &[http::Method]) -> String {
    methods.iter().map(http::Method::as_str).collect::<Vec<_>>().join(", ")
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            #[cfg(feature = "request-identity")]
            Self::Identity(untrusted) => untrusted.fmt(f),
            Self::UnknownPath { path } => write!(
                f,
                "there is nothing at `{path}`; a Restate server asks for `/discover` and \
                 `/invoke/{{service}}/{{handler}}`"
            ),
            Self::UnknownService { name } => {
                write!(f, "service `{name}` is not bound to this endpoint")
            }
            Self::UnknownHandler { service, name } => {
                write!(f, "service `{service}` has no handler `{name}`")
            }
            Self::Method { allowed } => write!(f, "use {} here", joined(allowed)),
            Self::ProtocolVersion { content_type } => write!(
                f,
                "content-type `{content_type}` is not a supported version of the service \
                 protocol (5 to 8); handlers are called through a Restate server's ingress"
            ),
            Self::ManifestVersion { accept } => {
                write!(f, "`{accept}` asks for no supported version of the manifest (2 to 4)")
            }
            Self::Manifest(too_new) => too_new.fmt(f),
        }
    }
}

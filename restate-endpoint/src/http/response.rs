//! Responses that do not run an attempt, and reasons to refuse a request.

use std::fmt;

use http::{HeaderMap, HeaderName, HeaderValue, Response, StatusCode, header};

use super::ResponseBody;
use crate::discovery::UnsupportedSetting;

const SERVER: HeaderName = HeaderName::from_static("x-restate-server");
const SERVER_NAME: HeaderValue =
    HeaderValue::from_static(concat!(env!("CARGO_PKG_NAME"), "/", env!("CARGO_PKG_VERSION")));

/// A response with status 200 and the name of this implementation.
pub(crate) fn ok(content_type: HeaderValue, body: ResponseBody) -> Response<ResponseBody> {
    ok_reusing(HeaderMap::new(), content_type, body)
}

/// Like [`ok`], but reuses the allocation of `headers`.
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

/// Why a request is refused before an attempt starts.
#[derive(Debug)]
pub(crate) enum Refusal {
    #[cfg(feature = "request-identity")]
    Identity(crate::identity::IdentityError),
    MetricsToken,
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
    Manifest(UnsupportedSetting),
    Overloaded,
}

impl Refusal {
    pub(crate) fn status(&self) -> StatusCode {
        match self {
            #[cfg(feature = "request-identity")]
            Self::Identity(_) => StatusCode::UNAUTHORIZED,
            Self::MetricsToken => StatusCode::UNAUTHORIZED,
            Self::UnknownPath { .. }
            | Self::UnknownService { .. }
            | Self::UnknownHandler { .. } => StatusCode::NOT_FOUND,
            Self::Method { .. } => StatusCode::METHOD_NOT_ALLOWED,
            Self::ProtocolVersion { .. } | Self::ManifestVersion { .. } => {
                StatusCode::UNSUPPORTED_MEDIA_TYPE
            }
            Self::Manifest(_) => StatusCode::INTERNAL_SERVER_ERROR,
            Self::Overloaded => StatusCode::SERVICE_UNAVAILABLE,
        }
    }
}

impl From<Refusal> for Response<ResponseBody> {
    fn from(refusal: Refusal) -> Self {
        let text = HeaderValue::from_static("text/plain; charset=utf-8");
        let mut response = ok(text, ResponseBody::full(refusal.to_string()));
        *response.status_mut() = refusal.status();
        if let Refusal::Overloaded = refusal {
            response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from_static("1"));
        }
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
            Self::Identity(error) => error.fmt(f),
            Self::MetricsToken => f.write_str(
                "`/metrics` needs the token of `EndpointBuilder::metrics_token`; send it in the header \
                 `authorization: Bearer ..`",
            ),
            Self::UnknownPath { path } => write!(
                f,
                "no such route: `{path}`; a Restate server requests `/discover` and \
                 `/invoke/{{service}}/{{handler}}`"
            ),
            Self::UnknownService { name } => {
                write!(f, "service `{name}` is not bound to this endpoint")
            }
            Self::UnknownHandler { service, name } => {
                write!(f, "service `{service}` has no handler `{name}`")
            }
            Self::Method { allowed } => write!(f, "method not allowed; use {}", joined(allowed)),
            Self::ProtocolVersion { content_type } => write!(
                f,
                "content-type `{content_type}` is not a supported version of the service \
                 protocol (5 to 8); handlers are called through a Restate server's ingress"
            ),
            Self::ManifestVersion { accept } => {
                write!(f, "`{accept}` names no supported version of the manifest (2 to 4)")
            }
            Self::Manifest(unsupported) => unsupported.fmt(f),
            Self::Overloaded => f.write_str(
                "too many requests are in flight; try again later, or raise \
                 `HttpLimits::requests`",
            ),
        }
    }
}

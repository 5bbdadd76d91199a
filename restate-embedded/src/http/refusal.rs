use bytes::Bytes;
use http_body_util::Full;
use hyper::{
    Response, StatusCode,
    header::{CONTENT_TYPE, HeaderName, HeaderValue, RETRY_AFTER},
};
use restate_core::TerminalError;
use serde_json::{Map, Value, json};

/// Tells clients whether an error is the engine's or the handler's.
const ERROR_SOURCE: HeaderName = HeaderName::from_static("x-restate-error-source");

/// When a client should repeat a request that the engine had no capacity for: as soon as a whole number of
/// seconds permits.
const RETRY_SECONDS: &str = "1";

/// Who an error comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ErrorSource {
    /// The ingress; nothing of the request was stored.
    Ingress,
    /// The admin interface; it changed nothing.
    Admin,
    /// The handler that was called.
    Invocation,
}

/// The error of a request that the engine does not carry out, with its HTTP status.
pub(super) fn refusal(code: u16, message: impl Into<String>) -> TerminalError {
    TerminalError::with_code(code, message)
}

/// The response to a request that the engine does not carry out.
pub(super) fn refused(error: &TerminalError, source: ErrorSource) -> Response<Full<Bytes>> {
    let metadata = error.metadata().map(|(key, value)| (key.to_owned(), value.into())).collect();
    error_response(error.code().into(), error.message(), metadata, source)
}

/// Whether a response is the error of a handler.
pub(super) fn is_of_handler<B>(response: &Response<B>) -> bool {
    response.headers().get(ERROR_SOURCE).is_some_and(|source| source == "invocation")
}

pub(super) fn error_response(
    code: u32,
    message: &str,
    metadata: Map<String, Value>,
    source: ErrorSource,
) -> Response<Full<Bytes>> {
    let source = match source {
        ErrorSource::Ingress => "ingress",
        ErrorSource::Admin => "admin",
        ErrorSource::Invocation => "invocation",
    };
    let mut body = json!({ "code": code, "message": message, "source": source });
    if !metadata.is_empty() {
        body["metadata"] = metadata.into();
    }
    let mut response = Response::new(Full::from(body.to_string()));
    // A handler can fail with any code. One that is not an HTTP error, such as 200 or 1000, must not
    // read as a success, so the status is 500 and only the body has the code.
    *response.status_mut() = u16::try_from(code)
        .ok()
        .filter(|code| (400..600).contains(code))
        .and_then(|code| StatusCode::from_u16(code).ok())
        .unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    headers.insert(ERROR_SOURCE, HeaderValue::from_static(source));
    if code == 503 && source != "invocation" {
        headers.insert(RETRY_AFTER, HeaderValue::from_static(RETRY_SECONDS));
    }
    response
}

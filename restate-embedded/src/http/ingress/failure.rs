use bytes::Bytes;
use http_body_util::Full;
use hyper::{
    Response, StatusCode,
    header::{CONTENT_TYPE, HeaderName, HeaderValue},
};
use restate_core::{TerminalError, wire::protocol::Failure};
use serde_json::{Map, Value, json};

use crate::{engine::handle::Refusal, model::id::InvocationId};

/// Names the invocation that a response is about.
pub(super) const INVOCATION_ID: HeaderName = HeaderName::from_static("x-restate-id");

const ERROR_SOURCE: HeaderName = HeaderName::from_static("x-restate-error-source");

/// The response to a request that was not accepted: nothing of it was stored.
pub(crate) fn refused(error: &TerminalError) -> Response<Full<Bytes>> {
    let metadata = error.metadata().map(|(key, value)| (key.to_owned(), value.into())).collect();
    respond(error.code().into(), error.message(), metadata, "ingress")
}

/// The response to a request that has no result to answer with.
pub(super) fn unanswered(refusal: Refusal) -> Response<Full<Bytes>> {
    let (code, message) = match refusal {
        Refusal::NotFound => {
            (404, "there is no such invocation, or its result is not retained any more")
        }
        Refusal::NotReady => (470, "the invocation is not over"),
        Refusal::Stopped => (
            503,
            "the engine is stopping; if the request was accepted, it goes on at the next start",
        ),
    };
    respond(code, message, Map::new(), "ingress")
}

/// The response with the terminal failure of a handler.
pub(super) fn failed(id: InvocationId, failure: Failure) -> Response<Full<Bytes>> {
    let entries = failure.metadata.into_iter();
    let metadata = entries.map(|entry| (entry.key, entry.value.into())).collect();
    let mut response = respond(failure.code, &failure.message, metadata, "invocation");
    response.headers_mut().insert(INVOCATION_ID, id_header(id));
    response
}

/// The id of an invocation as the value of a header.
pub(super) fn id_header(id: InvocationId) -> HeaderValue {
    HeaderValue::try_from(id.to_string()).expect("an id has letters and digits only")
}

fn respond(
    code: u32,
    message: &str,
    metadata: Map<String, Value>,
    source: &'static str,
) -> Response<Full<Bytes>> {
    let mut body = json!({ "code": code, "message": message, "source": source });
    if !metadata.is_empty() {
        body["metadata"] = metadata.into();
    }
    let mut response = Response::new(Full::from(body.to_string()));
    *response.status_mut() = u16::try_from(code)
        .ok()
        .filter(|code| (400..600).contains(code))
        .and_then(|code| StatusCode::from_u16(code).ok())
        .unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    headers.insert(ERROR_SOURCE, HeaderValue::from_static(source));
    response
}

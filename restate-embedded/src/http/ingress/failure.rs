use bytes::Bytes;
use http_body_util::Full;
use hyper::{
    Response,
    header::{HeaderName, HeaderValue},
};
use restate_core::{TerminalError, wire::protocol::Failure};

use crate::{
    engine::handle::{ControlError, DRAINING, HandleError},
    http::refusal::{ErrorSource, error_response, refusal, refused},
    model::id::InvocationId,
};

/// Names the invocation that a response is about.
pub(super) const INVOCATION_ID: HeaderName = HeaderName::from_static("x-restate-id");

/// The response to a request for a result that the engine does not have.
pub(super) fn no_output(error: HandleError) -> Response<Full<Bytes>> {
    refused(&refusal_of(error), ErrorSource::Ingress)
}

/// Why the engine does not have a result.
pub(in crate::http) fn refusal_of(error: HandleError) -> TerminalError {
    let (code, message) = match error {
        HandleError::NotFound => {
            (404, "no such invocation, or its result is not retained any more")
        }
        HandleError::NotReady => (470, "the invocation is not complete"),
        HandleError::Draining => (503, DRAINING),
        HandleError::Stopped => {
            (503, "the engine is stopping; if the request was accepted, the next start resumes it")
        }
    };
    refusal(code, message)
}

/// Why the engine has not changed an invocation.
pub(in crate::http) fn control_refusal(error: ControlError) -> TerminalError {
    match error {
        ControlError::TooLarge(reason) => refusal(413, reason),
        ControlError::Refused(reason) => refusal(409, reason),
        ControlError::NotFound => refusal_of(HandleError::NotFound),
        ControlError::Stopped => refusal_of(HandleError::Stopped),
    }
}

/// The response with the terminal failure of a handler.
pub(super) fn failed(id: InvocationId, failure: Failure) -> Response<Full<Bytes>> {
    let entries = failure.metadata.into_iter();
    let metadata = entries.map(|entry| (entry.key, entry.value.into())).collect();
    let mut response =
        error_response(failure.code, &failure.message, metadata, ErrorSource::Invocation);
    response.headers_mut().insert(INVOCATION_ID, id_header(id));
    response
}

/// The id of an invocation as the value of a header.
pub(super) fn id_header(id: InvocationId) -> HeaderValue {
    HeaderValue::try_from(id.to_string()).expect("an id has letters, digits and `_` only")
}

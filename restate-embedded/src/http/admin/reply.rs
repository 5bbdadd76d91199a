use bytes::Bytes;
use http_body_util::Full;
use hyper::{
    Response,
    header::{CONTENT_TYPE, HeaderValue},
};
use restate_core::TerminalError;
use serde_json::Value;

pub(super) use crate::journal::readable;

/// What a request is answered with: a body, or why there is none.
pub(super) type Answered = Result<Value, TerminalError>;

pub(super) fn json_response(body: &Value) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::from(body.to_string()));
    let json = HeaderValue::from_static("application/json");
    response.headers_mut().insert(CONTENT_TYPE, json);
    response
}

pub(super) fn refusal(code: u16, message: impl Into<String>) -> TerminalError {
    TerminalError::with_code(code, message)
}

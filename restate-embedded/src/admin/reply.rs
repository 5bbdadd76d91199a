use base64::{Engine as _, engine::general_purpose::STANDARD};
use bytes::Bytes;
use http_body_util::Full;
use hyper::{
    Response,
    header::{CONTENT_TYPE, HeaderValue},
};
use restate_core::TerminalError;
use serde_json::{Value, json};

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

/// Bytes for people: as the JSON or the text that they are, else as `{"base64": ".."}`.
pub(super) fn readable(bytes: &[u8]) -> Value {
    if let Ok(value) = serde_json::from_slice(bytes) {
        return value;
    }
    match std::str::from_utf8(bytes) {
        Ok(text) if !text.contains(|c: char| c.is_control() && !c.is_whitespace()) => text.into(),
        _ => json!({ "base64": STANDARD.encode(bytes) }),
    }
}

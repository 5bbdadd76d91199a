use bytes::Bytes;
use http_body_util::Full;
use hyper::{
    Response,
    header::{CONTENT_TYPE, HeaderValue},
};
use restate_core::TerminalError;
use serde_json::Value;

/// The body of a response, or why the request is refused.
pub(super) type AdminResult = Result<Value, TerminalError>;

pub(super) fn json_response(body: &Value) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::from(body.to_string()));
    let json = HeaderValue::from_static("application/json");
    response.headers_mut().insert(CONTENT_TYPE, json);
    response
}

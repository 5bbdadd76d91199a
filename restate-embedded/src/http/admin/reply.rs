use bytes::Bytes;
use http_body_util::Full;
use hyper::{
    Response, StatusCode,
    header::{CONTENT_TYPE, HeaderValue},
};
use restate_core::{TerminalError, metrics};
use serde_json::Value;

use super::database::ARROW;

/// The body of a response, or why the request is refused.
pub(super) type AdminResult = Result<Value, TerminalError>;

/// The response to a request that is carried out.
#[derive(Debug)]
pub(super) struct AdminReply {
    pub(super) status: StatusCode,
    pub(super) body: Body,
}

#[derive(Debug)]
pub(super) enum Body {
    Json(Value),
    /// Rows of a query.
    Arrow(Bytes),
    /// What the engine counts.
    Metrics(String),
}

impl From<Body> for AdminReply {
    fn from(body: Body) -> Self {
        Self { status: StatusCode::OK, body }
    }
}

impl From<Value> for AdminReply {
    fn from(body: Value) -> Self {
        Body::Json(body).into()
    }
}

impl AdminReply {
    /// What the engine counts, as text for Prometheus.
    pub(super) fn metrics(text: String) -> Self {
        Body::Metrics(text).into()
    }

    /// The same with another status.
    pub(super) fn with_status(self, status: StatusCode) -> Self {
        Self { status, ..self }
    }

    pub(super) fn response(self) -> Response<Full<Bytes>> {
        let (body, content_type) = match self.body {
            Body::Json(body) => (Bytes::from(body.to_string()), "application/json"),
            Body::Arrow(body) => (body, ARROW),
            Body::Metrics(text) => (text.into(), metrics::CONTENT_TYPE),
        };
        let mut response = Response::new(Full::from(body));
        *response.status_mut() = self.status;
        response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
        response
    }
}

//! Responses of an engine.

use std::time::Duration;

use bytes::Bytes;
use httpdate::parse_http_date;
use hyper::{
    HeaderMap, StatusCode,
    header::{CONTENT_TYPE, DATE, HeaderName, RETRY_AFTER},
};
use restate_core::{TerminalError, call::Response};
use serde::Deserialize;
use serde_json::{Map, Value};

use super::retry::is_transient;
use crate::{encoded::EncodedResponse, error::IngressError};

const INVOCATION_ID: HeaderName = HeaderName::from_static("x-restate-id");
const ERROR_SOURCE: HeaderName = HeaderName::from_static("x-restate-error-source");

/// A response with its whole body.
#[derive(Debug)]
pub(crate) struct IngressResponse {
    /// Method and path of the request, for errors.
    pub(crate) request: String,
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
}

impl IngressResponse {
    /// Whether a retry of the request may succeed: the error is one of the engine, not of the handler.
    pub(crate) fn is_transient(&self) -> bool {
        is_transient(self.status.as_u16()) && !self.is_failed_invocation(&self.failure())
    }

    /// Whether the engine refused the request with this status. Handlers can fail with the same code.
    pub(crate) fn is_refusal(&self, status: u16) -> bool {
        self.status.as_u16() == status && !self.is_failed_invocation(&self.failure())
    }

    /// How long to wait before a retry, if the engine says so.
    ///
    /// A date in `retry-after` is compared with the response's own date, because the clocks of client
    /// and engine may differ.
    pub(crate) fn retry_after(&self) -> Option<Duration> {
        let text = self.text(&RETRY_AFTER)?;
        let text = text.trim();
        if let Ok(seconds) = text.parse() {
            return Some(Duration::from_secs(seconds));
        }
        let (until, now) = (parse_http_date(text), parse_http_date(&self.text(&DATE)?));
        until.ok()?.duration_since(now.ok()?).ok()
    }

    /// The response, if its status is one of success.
    ///
    /// # Errors
    ///
    /// The terminal failure of the invocation, or the refusal of the request.
    pub(crate) fn accepted(self) -> Result<Self, IngressError> {
        if self.status.is_success() {
            return Ok(self);
        }
        let failure = self.failure();
        if self.is_failed_invocation(&failure) {
            let error = failure.into_terminal(self.status);
            return Err(IngressError::Failed { error, invocation_id: self.id() });
        }
        let message = failure.message.unwrap_or_else(|| self.body_as_text());
        Err(IngressError::Refused { request: self.request, status: self.status.as_u16(), message })
    }

    /// The result of a handler.
    ///
    /// # Errors
    ///
    /// As [`accepted`](Self::accepted); also when the response names no invocation, so that it cannot
    /// come from an ingress.
    pub(crate) fn result(self) -> Result<Response, IngressError> {
        let accepted = self.accepted()?;
        if accepted.id().is_none() {
            return Err(accepted.without_id());
        }
        let content_type = accepted.text(&CONTENT_TYPE);
        let response = Response::from(accepted.body);
        Ok(match content_type {
            Some(content_type) => response.with_content_type(content_type),
            None => response,
        })
    }

    /// The result of a handler with the id of its invocation.
    ///
    /// # Errors
    ///
    /// As [`result`](Self::result).
    pub(crate) fn encoded(self) -> Result<EncodedResponse, IngressError> {
        let accepted = self.accepted()?;
        let Some(invocation_id) = accepted.id() else { return Err(accepted.without_id()) };
        Ok(EncodedResponse { invocation_id: invocation_id.into(), body: accepted.body })
    }

    /// Decodes the body as JSON.
    pub(crate) fn json<'a, T: Deserialize<'a>>(&'a self) -> Result<T, IngressError> {
        serde_json::from_slice(&self.body)
            .map_err(|error| self.violation(format!("unexpected body: {error}")))
    }

    fn without_id(&self) -> IngressError {
        self.violation(format!("header `{INVOCATION_ID}` is missing"))
    }

    fn violation(&self, violation: String) -> IngressError {
        IngressError::Protocol { request: self.request.clone(), violation }
    }

    fn id(&self) -> Option<String> {
        self.text(&INVOCATION_ID)
    }

    fn text(&self, name: &HeaderName) -> Option<String> {
        self.headers.get(name).and_then(|value| value.to_str().ok()).map(str::to_owned)
    }

    fn failure(&self) -> FailureBody {
        // A body in another form comes from a proxy, and is shown as text.
        serde_json::from_slice(&self.body).unwrap_or_default()
    }

    fn is_failed_invocation(&self, failure: &FailureBody) -> bool {
        let source = self.text(&ERROR_SOURCE).or_else(|| failure.source.clone());
        !self.status.is_success() && source.as_deref() == Some("invocation")
    }

    fn body_as_text(&self) -> String {
        // Enough to recognize the error page of a proxy.
        const LONGEST: usize = 200;
        let text = String::from_utf8_lossy(&self.body);
        match text.trim() {
            "" => self.status.canonical_reason().unwrap_or("no reason given").to_owned(),
            text => text.chars().take(LONGEST).collect(),
        }
    }
}

/// The body of an error response.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct FailureBody {
    code: Option<Value>,
    message: Option<String>,
    metadata: Option<Map<String, Value>>,
    source: Option<String>,
}

impl FailureBody {
    fn into_terminal(self, status: StatusCode) -> TerminalError {
        let code = self.code.as_ref().and_then(Value::as_u64).and_then(|it| u16::try_from(it).ok());
        let message = self.message.unwrap_or_default();
        let error = TerminalError::with_code(code.unwrap_or(status.as_u16()), message);
        let metadata = self.metadata.unwrap_or_default();
        metadata.into_iter().fold(error, |error, (key, value)| match value {
            Value::String(value) => error.with_metadata(key, value),
            other => error.with_metadata(key, other.to_string()),
        })
    }
}

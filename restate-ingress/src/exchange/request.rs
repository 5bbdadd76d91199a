//! Requests to an engine.

use std::time::Duration;

use bytes::Bytes;
use hyper::{
    HeaderMap, Method,
    header::{
        CONNECTION, CONTENT_LENGTH, CONTENT_TYPE, HOST, HeaderName, HeaderValue, TE,
        TRANSFER_ENCODING, UPGRADE,
    },
};
use restate_core::call::Request;

use super::path::Path;
use crate::{
    encoded::{Effects, EncodedCall},
    error::IngressError,
};

pub(crate) const IDEMPOTENCY_KEY: HeaderName = HeaderName::from_static("idempotency-key");
const LIMIT_KEY: HeaderName = HeaderName::from_static("x-restate-limit-key");

const SECONDS_OF_A_DAY: u64 = 24 * 60 * 60;

/// 100 years, the longest delay that the ingress of the embedded engine accepts. A Restate server accepts
/// longer ones, up to a limit that its error does not name.
const MAX_DELAY: Duration = Duration::from_secs(100 * 365 * SECONDS_OF_A_DAY);

/// Headers that describe the connection, not the request; hyper sets them.
const CONNECTION_HEADERS: [HeaderName; 6] =
    [CONNECTION, CONTENT_LENGTH, HOST, TE, TRANSFER_ENCODING, UPGRADE];

/// A request to an engine, which can be sent several times.
#[derive(Clone, Debug)]
pub(crate) struct IngressRequest {
    pub(crate) interface: Interface,
    pub(crate) method: Method,
    pub(crate) path: Path,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
    pub(crate) awaits: Awaits,
    pub(crate) retry: Retry,
}

/// The interface of the engine that a request is sent to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Interface {
    Ingress,
    Admin,
}

/// What a request waits for; decides which timeout applies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Awaits {
    /// The engine, which responds at once.
    Acceptance,
    /// A handler, which can take days.
    Result,
}

/// Whether sending the request twice has the same effect as sending it once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Retry {
    Never,
    Safe,
}

impl IngressRequest {
    pub(crate) fn new(method: Method, path: Path) -> Self {
        Self {
            interface: Interface::Ingress,
            method,
            path,
            headers: HeaderMap::new(),
            body: Bytes::new(),
            awaits: Awaits::Acceptance,
            retry: Retry::Never,
        }
    }

    /// Calls a handler and waits for its result.
    pub(crate) fn call(request: Request) -> Result<Self, IngressError> {
        let path = Path::call(&request.target, request.scope.as_deref());
        Ok(Self::invoke(path, request)?.awaiting_result())
    }

    /// Calls a handler one-way, at once or after a delay.
    ///
    /// # Errors
    ///
    /// When the delay is longer than any engine accepts.
    pub(crate) fn send(request: Request, delay: Option<Duration>) -> Result<Self, IngressError> {
        if let Some(delay) = delay.filter(|delay| *delay > MAX_DELAY) {
            return Err(IngressError::Invalid(format!(
                "the call of {}/{} is delayed by {} days; at most 36500 are possible",
                request.target.service_name(),
                request.target.handler_name(),
                delay.as_secs() / SECONDS_OF_A_DAY
            )));
        }
        Self::invoke(Path::send(&request.target, request.scope.as_deref(), delay), request)
    }

    fn invoke(path: Path, request: Request) -> Result<Self, IngressError> {
        let Request { target, body, content_type, .. } = request;
        let call = EncodedCall::new(target, body, content_type)
            .headers(request.headers)
            .idempotency_key(request.idempotency_key)
            .limit_key(request.limit_key);
        Self::encoded(path, call)
    }

    /// Encodes a call. It is safe to retry only with an idempotency key, or if it has no effects.
    pub(crate) fn encoded(path: Path, call: EncodedCall) -> Result<Self, IngressError> {
        let EncodedCall { body, content_type, headers, idempotency_key, limit_key, .. } = call;
        let mut encoded = Self::new(Method::POST, path).with_body(body, content_type);
        for (name, value) in &headers {
            let (name, value) = header(name, value).map_err(IngressError::Invalid)?;
            if name == CONTENT_TYPE {
                encoded.headers.insert(name, value);
            } else {
                encoded.headers.append(name, value);
            }
        }
        if let Some(key) = limit_key {
            let value = HeaderValue::try_from(&key).map_err(|_| {
                IngressError::Invalid(format!(
                    "the limit key {key:?} contains control characters; remove them"
                ))
            })?;
            encoded.headers.insert(LIMIT_KEY, value);
        }
        if let Some(key) = idempotency_key {
            let value = HeaderValue::try_from(&key).map_err(|_| {
                IngressError::Invalid(format!(
                    "the idempotency key {key:?} contains control characters; remove them"
                ))
            })?;
            encoded.headers.insert(IDEMPOTENCY_KEY, value);
            encoded.retry = Retry::Safe;
        }
        if call.effects == Effects::None {
            encoded.retry = Retry::Safe;
        }
        Ok(encoded)
    }

    pub(crate) fn with_body(mut self, body: Bytes, content_type: Option<&'static str>) -> Self {
        // A Restate server refuses an empty body with a content type, because the manifest gives the
        // handler a JSON schema. Without one, an empty body is an empty message on both engines.
        if let Some(content_type) = content_type.filter(|_| !body.is_empty()) {
            self.headers.insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
        }
        self.body = body;
        self
    }

    pub(crate) fn awaiting_result(self) -> Self {
        Self { awaits: Awaits::Result, ..self }
    }

    pub(crate) fn retryable(self) -> Self {
        Self { retry: Retry::Safe, ..self }
    }

    pub(crate) fn for_admin(self) -> Self {
        Self { interface: Interface::Admin, ..self }
    }

    /// Method and path, for errors.
    pub(crate) fn name(&self) -> String {
        format!("{} {}", self.method, self.path.as_str())
    }
}

/// A valid header, or the reason why it cannot be sent.
pub(crate) fn header(name: &str, value: &str) -> Result<(HeaderName, HeaderValue), String> {
    let parsed = HeaderName::try_from(name)
        .map_err(|_| format!("{name:?} is not a header name; use letters, digits and `-`"))?;
    if CONNECTION_HEADERS.contains(&parsed) {
        return Err(format!("header `{parsed}` is set by the connection; remove it"));
    }
    if parsed == IDEMPOTENCY_KEY {
        return Err("header `idempotency-key` also makes retries safe; \
                    set it with `.idempotency_key(..)` of a call"
            .to_owned());
    }
    let mut value = HeaderValue::try_from(value).map_err(|_| {
        format!("the value of header `{parsed}` contains control characters; remove them")
    })?;
    // Any header may be a secret; this hides it in what `Debug` shows of a client.
    value.set_sensitive(true);
    Ok((parsed, value))
}

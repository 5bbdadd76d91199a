//! Requests, ready to be sent.

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
use crate::error::IngressError;

pub(crate) const IDEMPOTENCY_KEY: HeaderName = HeaderName::from_static("idempotency-key");
const LIMIT_KEY: HeaderName = HeaderName::from_static("x-restate-limit-key");

/// Headers that are between the client and the server next to it.
const OF_THE_CONNECTION: [HeaderName; 6] =
    [CONNECTION, CONTENT_LENGTH, HOST, TE, TRANSFER_ENCODING, UPGRADE];

/// A request that can be sent several times.
#[derive(Clone, Debug)]
pub(crate) struct Outgoing {
    pub(crate) port: Port,
    pub(crate) method: Method,
    pub(crate) path: Path,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
    pub(crate) awaits: Awaits,
    pub(crate) repeat: Repeat,
}

/// Which of an engine's addresses a request is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Port {
    Ingress,
    Admin,
}

/// What the answer takes its time for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Awaits {
    /// The engine alone: it answers at once.
    Acceptance,
    /// A handler, which may take days.
    Result,
}

/// Whether sending the request twice is the same as sending it once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Repeat {
    Never,
    Safely,
}

impl Outgoing {
    pub(crate) fn new(method: Method, path: Path) -> Self {
        Self {
            port: Port::Ingress,
            method,
            path,
            headers: HeaderMap::new(),
            body: Bytes::new(),
            awaits: Awaits::Acceptance,
            repeat: Repeat::Never,
        }
    }

    /// Invokes a handler and waits for its result.
    pub(crate) fn call(request: Request) -> Result<Self, IngressError> {
        let path = Path::call(&request.target, request.scope.as_deref());
        Ok(Self::invoke(path, request)?.awaiting_result())
    }

    /// Invokes a handler, now or later.
    pub(crate) fn send(request: Request, delay: Option<Duration>) -> Result<Self, IngressError> {
        Self::invoke(Path::send(&request.target, request.scope.as_deref(), delay), request)
    }

    /// Invokes a handler; repeated only if the idempotency key makes that safe.
    fn invoke(path: Path, request: Request) -> Result<Self, IngressError> {
        let Request { body, content_type, headers, idempotency_key, limit_key, .. } = request;
        let mut outgoing = Self::new(Method::POST, path).with_body(body, content_type);
        for (name, value) in &headers {
            let (name, value) = header(name, value).map_err(IngressError::Invalid)?;
            if name == CONTENT_TYPE {
                outgoing.headers.insert(name, value);
            } else {
                outgoing.headers.append(name, value);
            }
        }
        if let Some(key) = limit_key {
            let value = HeaderValue::try_from(key);
            let value = value.expect("a request has only limit keys of letters, digits and `/_.-`");
            outgoing.headers.insert(LIMIT_KEY, value);
        }
        if let Some(key) = idempotency_key {
            let value = HeaderValue::try_from(&key).map_err(|_| {
                IngressError::Invalid(format!(
                    "the idempotency key {key:?} has control characters; leave them out"
                ))
            })?;
            outgoing.headers.insert(IDEMPOTENCY_KEY, value);
            outgoing.repeat = Repeat::Safely;
        }
        Ok(outgoing)
    }

    pub(crate) fn with_body(mut self, body: Bytes, content_type: Option<&'static str>) -> Self {
        if let Some(content_type) = content_type {
            self.headers.insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
        }
        self.body = body;
        self
    }

    pub(crate) fn awaiting_result(self) -> Self {
        Self { awaits: Awaits::Result, ..self }
    }

    pub(crate) fn repeatable(self) -> Self {
        Self { repeat: Repeat::Safely, ..self }
    }

    pub(crate) fn for_admin(self) -> Self {
        Self { port: Port::Admin, ..self }
    }

    /// What it is called in errors.
    pub(crate) fn name(&self) -> String {
        format!("{} {}", self.method, self.path.as_str())
    }
}

/// A header as it is sent, or why it cannot be.
pub(crate) fn header(name: &str, value: &str) -> Result<(HeaderName, HeaderValue), String> {
    let parsed = HeaderName::try_from(name)
        .map_err(|_| format!("{name:?} is no header name; use letters, digits and `-`"))?;
    if OF_THE_CONNECTION.contains(&parsed) {
        return Err(format!("header `{parsed}` belongs to the connection; leave it out"));
    }
    if parsed == IDEMPOTENCY_KEY {
        return Err("an idempotency key is more than a header; \
                    give it to a call with `.idempotency_key(..)`"
            .to_owned());
    }
    let value = HeaderValue::try_from(value).map_err(|_| {
        format!("the value of header `{parsed}` has control characters; leave them out")
    })?;
    Ok((parsed, value))
}

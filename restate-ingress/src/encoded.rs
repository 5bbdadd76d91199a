//! Calls whose contract is known only at run time.

use bytes::Bytes;
use restate_core::{InvocationId, Target};

/// A call with an encoded request, for programs that know contracts only at run time, such as gateways.
///
/// Everybody else calls through a generated client.
#[derive(Clone, Debug, PartialEq, Eq)]
#[must_use = "it is sent by `IngressClient::call_encoded` or `send_encoded`"]
pub struct EncodedCall {
    pub(crate) target: Target,
    pub(crate) body: Bytes,
    pub(crate) content_type: Option<&'static str>,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) idempotency_key: Option<String>,
    pub(crate) scope: Option<String>,
    pub(crate) limit_key: Option<String>,
    pub(crate) effects: Effects,
}

/// What a handler changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Effects {
    Some,
    None,
}

/// The response to an [`EncodedCall`].
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct EncodedResponse {
    /// The invocation that has responded.
    pub invocation_id: InvocationId,
    /// The response, in the encoding that the handler has chosen.
    pub body: Bytes,
}

impl EncodedCall {
    /// A call of `target` with this body. A call without a request has no content type.
    pub fn new(target: Target, body: Bytes, content_type: Option<&'static str>) -> Self {
        Self {
            target,
            body,
            content_type,
            headers: Vec::new(),
            idempotency_key: None,
            scope: None,
            limit_key: None,
            effects: Effects::Some,
        }
    }

    /// Adds headers that the handler can read.
    pub fn headers(mut self, headers: impl IntoIterator<Item = (String, String)>) -> Self {
        self.headers.extend(headers);
        self
    }

    /// As [`Call::idempotency_key`](restate_core::Call::idempotency_key).
    pub fn idempotency_key(mut self, key: Option<String>) -> Self {
        self.idempotency_key = key;
        self
    }

    /// As [`Call::scope`](restate_core::Call::scope).
    pub fn scope(mut self, scope: Option<String>) -> Self {
        self.scope = scope;
        self
    }

    /// As [`Call::limit_key`](restate_core::Call::limit_key).
    pub fn limit_key(mut self, key: Option<String>) -> Self {
        self.limit_key = key;
        self
    }

    /// Says that the handler changes nothing, so that the call may be repeated.
    pub fn without_side_effects(mut self) -> Self {
        self.effects = Effects::None;
        self
    }
}

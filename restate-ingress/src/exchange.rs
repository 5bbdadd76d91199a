//! Sends requests and receives responses, with timeouts and retries.

mod nodes;
mod path;
mod request;
mod response;
mod retry;

use std::{
    error::Error,
    hash::{BuildHasher as _, RandomState},
    time::Duration,
};

use bytes::Bytes;
use http_body_util::{BodyExt as _, Full, LengthLimitError, Limited};
use hyper::{
    HeaderMap, Request, Uri,
    header::{AUTHORIZATION, HeaderName, HeaderValue},
};
use hyper_util::client::legacy::Client;
use restate_core::RetryPolicy;
use tokio::time::Instant;
use tracing::debug;

pub(crate) use self::{
    nodes::Nodes,
    path::{Path, ResultQuery},
    request::{IngressRequest, header},
};
use self::{
    request::{Awaits, Interface, Retry},
    response::IngressResponse,
    retry::delay_after,
};
use crate::{error::IngressError, transport::Connector};

/// Number of the attempt in retries; the official TypeScript client sends it, too.
const ATTEMPT: HeaderName = HeaderName::from_static("x-restateclient-retry-attempt");

/// The longest wait that an engine can ask for in `retry-after`: long enough for a restart, and too short
/// for a wrong answer to keep a call without a time limit for ever.
const MAX_RETRY_AFTER: Duration = Duration::from_secs(10 * 60);

/// Sends requests to an engine.
#[derive(Debug)]
pub(crate) struct Exchange {
    pub(crate) http: Client<Connector, Full<Bytes>>,
    pub(crate) nodes: Nodes,
    pub(crate) admin: Option<String>,
    /// Goes to the admin interface in place of the token among the headers.
    pub(crate) admin_token: Option<HeaderValue>,
    pub(crate) headers: HeaderMap,
    pub(crate) retry_policy: RetryPolicy,
    pub(crate) request_timeout: Duration,
    pub(crate) call_timeout: Option<Duration>,
    pub(crate) response_limit: usize,
}

impl Exchange {
    /// Sends a request and returns the response, whatever its status.
    ///
    /// # Errors
    ///
    /// When there is no response in time, or it is too long.
    pub(crate) async fn send(
        &self,
        request: IngressRequest,
    ) -> Result<IngressResponse, IngressError> {
        let (limit, setting) = match request.awaits {
            Awaits::Acceptance => (Some(self.request_timeout), "request_timeout"),
            Awaits::Result => (self.call_timeout, "call_timeout"),
        };
        let Some(limit) = limit else { return self.attempts(&request, None).await };
        let attempts = self.attempts(&request, Instant::now().checked_add(limit));
        tokio::time::timeout(limit, attempts).await.unwrap_or_else(|_| {
            Err(IngressError::TimedOut { request: request.name(), limit, setting })
        })
    }

    async fn attempts(
        &self,
        request: &IngressRequest,
        deadline: Option<Instant>,
    ) -> Result<IngressResponse, IngressError> {
        let mut attempt = 1;
        loop {
            let outcome = self.attempt(request, attempt).await;
            if request.retry == Retry::Never || !is_transient(&outcome) {
                return outcome;
            }
            let Some(delay) = delay_after(&self.retry_policy, attempt, chance()) else {
                return outcome;
            };
            // A busy engine knows best how long it will be busy.
            let requested = outcome.as_ref().ok().and_then(IngressResponse::retry_after);
            let delay = requested.map_or(delay, |it| it.min(MAX_RETRY_AFTER).max(delay));
            // A retry that cannot be in time is not waited for: the outcome says more than a timeout.
            if deadline.is_some_and(|deadline| deadline < Instant::now() + delay) {
                return outcome;
            }
            debug!(attempt, ?delay, "{} is retried", request.name());
            tokio::time::sleep(delay).await;
            attempt += 1;
        }
    }

    /// Sends a request to the node whose turn it is, and to the next one for as long as there is no
    /// connection: nothing was sent then, so that no request is executed twice.
    async fn attempt(
        &self,
        request: &IngressRequest,
        attempt: u32,
    ) -> Result<IngressResponse, IngressError> {
        if request.interface == Interface::Admin {
            return self.attempt_at(self.admin(request)?, request, attempt).await;
        }
        let mut outcome = None;
        for node in self.nodes.in_turn(Instant::now()) {
            let reply = self.attempt_at(node.address(), request, attempt).await;
            match &reply {
                Err(IngressError::Unreachable { .. }) => node.not_reached(Instant::now()),
                _ => {
                    node.reached();
                    return reply;
                }
            }
            outcome = Some(reply);
        }
        outcome.expect("a client has at least one node")
    }

    /// Whether a node answers `request` with a status of success, each within `limit`.
    pub(crate) async fn succeeds_at_any(&self, request: &IngressRequest, limit: Duration) -> bool {
        for node in self.nodes.in_turn(Instant::now()) {
            let reply = self.attempt_at(node.address(), request, 1);
            let Ok(reply) = tokio::time::timeout(limit, reply).await else { continue };
            match &reply {
                Err(IngressError::Unreachable { .. }) => node.not_reached(Instant::now()),
                _ => node.reached(),
            }
            if reply.is_ok_and(|response| response.status.is_success()) {
                return true;
            }
        }
        false
    }

    async fn attempt_at(
        &self,
        address: &str,
        request: &IngressRequest,
        attempt: u32,
    ) -> Result<IngressResponse, IngressError> {
        let encoded = self.encode(address, request, attempt)?;
        let response = self.http.request(encoded).await.map_err(|error| {
            if error.is_connect() {
                IngressError::Unreachable { address: address.to_owned(), source: error.into() }
            } else {
                IngressError::Interrupted { request: request.name(), source: error.into() }
            }
        })?;
        let (head, body) = response.into_parts();
        let body = Limited::new(body, self.response_limit).collect().await;
        Ok(IngressResponse {
            request: request.name(),
            status: head.status,
            headers: head.headers,
            body: body.map_err(|error| self.unread(request, error))?.to_bytes(),
        })
    }

    fn admin(&self, request: &IngressRequest) -> Result<&str, IngressError> {
        self.admin.as_deref().ok_or_else(|| {
            IngressError::Invalid(format!(
                "{} needs the address of the admin interface; \
                 set it with `admin(\"http://127.0.0.1:9070\")` of the client's builder",
                request.name()
            ))
        })
    }

    fn encode(
        &self,
        address: &str,
        request: &IngressRequest,
        attempt: u32,
    ) -> Result<Request<Full<Bytes>>, IngressError> {
        let uri = format!("{address}{}", request.path.as_str());
        let uri = Uri::try_from(uri).map_err(|error| {
            IngressError::Invalid(format!(
                "{} is not a valid URL: {error}; shorten the key",
                request.name()
            ))
        })?;
        let mut encoded = Request::new(Full::new(request.body.clone()));
        *encoded.method_mut() = request.method.clone();
        *encoded.uri_mut() = uri;
        let headers = encoded.headers_mut();
        headers.clone_from(&self.headers);
        if let (Interface::Admin, Some(token)) = (request.interface, &self.admin_token) {
            headers.insert(AUTHORIZATION, token.clone());
        }
        headers.extend(request.headers.clone());
        if attempt > 1 {
            headers.insert(ATTEMPT, HeaderValue::from(attempt));
        }
        Ok(encoded)
    }

    fn unread(
        &self,
        request: &IngressRequest,
        error: Box<dyn Error + Send + Sync>,
    ) -> IngressError {
        let request = request.name();
        if error.is::<LengthLimitError>() {
            IngressError::TooLarge { request, limit: self.response_limit }
        } else {
            IngressError::Interrupted { request, source: error }
        }
    }
}

/// Whether a retry of the request may succeed.
fn is_transient(outcome: &Result<IngressResponse, IngressError>) -> bool {
    match outcome {
        Ok(response) => response.is_transient(),
        Err(error) => {
            matches!(error, IngressError::Unreachable { .. } | IngressError::Interrupted { .. })
        }
    }
}

/// A random number from 0 to 1, from the standard library's random hasher seeds.
fn chance() -> f64 {
    f64::from(u32::try_from(RandomState::new().hash_one(()) >> 32).unwrap_or(u32::MAX))
        / f64::from(u32::MAX)
}

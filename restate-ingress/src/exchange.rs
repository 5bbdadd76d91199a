//! Requests and their answers: connections, deadlines, repetition.

mod answer;
mod outgoing;
mod path;
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
    header::{HeaderName, HeaderValue},
};
use hyper_util::client::legacy::Client;
use tracing::debug;

pub use self::retry::RetryPolicy;
use self::{
    answer::Answer,
    outgoing::{Awaits, Port, Repeat},
};
pub(crate) use self::{
    outgoing::{Outgoing, header},
    path::{Ask, Path},
};
use crate::{error::IngressError, transport::Connector};

/// Tells the engine which repetition of a request this is.
const ATTEMPT: HeaderName = HeaderName::from_static("x-restateclient-retry-attempt");

/// Sends requests to an engine.
#[derive(Debug)]
pub(crate) struct Exchange {
    pub(crate) http: Client<Connector, Full<Bytes>>,
    /// Address of the ingress, without a slash at the end.
    pub(crate) ingress: String,
    pub(crate) admin: Option<String>,
    pub(crate) headers: HeaderMap,
    pub(crate) retry_policy: RetryPolicy,
    pub(crate) request_timeout: Duration,
    pub(crate) call_timeout: Option<Duration>,
    pub(crate) response_limit: usize,
}

impl Exchange {
    /// The answer to a request, whatever it is.
    ///
    /// # Errors
    ///
    /// When there is none: the engine cannot be reached, takes too long, or says too much.
    pub(crate) async fn answer(&self, outgoing: Outgoing) -> Result<Answer, IngressError> {
        let (limit, setting) = match outgoing.awaits {
            Awaits::Acceptance => (Some(self.request_timeout), "request_timeout"),
            Awaits::Result => (self.call_timeout, "call_timeout"),
        };
        let attempts = self.attempts(&outgoing);
        let Some(limit) = limit else { return attempts.await };
        tokio::time::timeout(limit, attempts).await.unwrap_or_else(|_| {
            Err(IngressError::TimedOut { request: outgoing.name(), limit, setting })
        })
    }

    async fn attempts(&self, outgoing: &Outgoing) -> Result<Answer, IngressError> {
        let mut attempt = 1;
        loop {
            let outcome = self.attempt(outgoing, attempt).await;
            if outgoing.repeat == Repeat::Never || !may_change(&outcome) {
                return outcome;
            }
            let Some(delay) = self.retry_policy.delay_after(attempt, chance()) else {
                return outcome;
            };
            // Who is busy knows best for how long.
            let asked = outcome.as_ref().ok().and_then(Answer::retry_after);
            let delay = asked.map_or(delay, |asked| asked.max(delay));
            debug!(attempt, ?delay, "{} goes out again", outgoing.name());
            tokio::time::sleep(delay).await;
            attempt += 1;
        }
    }

    async fn attempt(&self, outgoing: &Outgoing, attempt: u32) -> Result<Answer, IngressError> {
        let (request, address) = self.request(outgoing, attempt)?;
        let response = self.http.request(request).await.map_err(|error| {
            if error.is_connect() {
                IngressError::Unreachable { address: address.to_owned(), source: error.into() }
            } else {
                IngressError::Interrupted { request: outgoing.name(), source: error.into() }
            }
        })?;
        let (head, body) = response.into_parts();
        let body = Limited::new(body, self.response_limit).collect().await;
        Ok(Answer {
            request: outgoing.name(),
            status: head.status,
            headers: head.headers,
            body: body.map_err(|error| self.unread(outgoing, error))?.to_bytes(),
        })
    }

    fn request<'a>(
        &'a self,
        outgoing: &Outgoing,
        attempt: u32,
    ) -> Result<(Request<Full<Bytes>>, &'a str), IngressError> {
        let address = match (outgoing.port, &self.admin) {
            (Port::Ingress, _) => &self.ingress,
            (Port::Admin, Some(admin)) => admin,
            (Port::Admin, None) => {
                return Err(IngressError::Invalid(format!(
                    "{} goes to the admin port, whose address the client was not given; \
                     name it to the builder, as `admin(\"http://127.0.0.1:9070\")`",
                    outgoing.name()
                )));
            }
        };
        let uri = format!("{address}{}", outgoing.path.as_str());
        let uri = Uri::try_from(uri).map_err(|error| {
            IngressError::Invalid(format!(
                "{} cannot be addressed: {error}; shorten the key",
                outgoing.name()
            ))
        })?;
        let mut request = Request::new(Full::new(outgoing.body.clone()));
        *request.method_mut() = outgoing.method.clone();
        *request.uri_mut() = uri;
        let headers = request.headers_mut();
        headers.clone_from(&self.headers);
        headers.extend(outgoing.headers.clone());
        if attempt > 1 {
            headers.insert(ATTEMPT, HeaderValue::from(attempt));
        }
        Ok((request, address))
    }

    fn unread(&self, outgoing: &Outgoing, error: Box<dyn Error + Send + Sync>) -> IngressError {
        let request = outgoing.name();
        if error.is::<LengthLimitError>() {
            IngressError::TooLarge { request, limit: self.response_limit }
        } else {
            IngressError::Interrupted { request, source: error }
        }
    }
}

/// Whether the same request may end otherwise next time.
fn may_change(outcome: &Result<Answer, IngressError>) -> bool {
    match outcome {
        Ok(answer) => answer.is_transient(),
        Err(error) => {
            matches!(error, IngressError::Unreachable { .. } | IngressError::Interrupted { .. })
        }
    }
}

/// A number from 0 to 1. The standard library seeds its hashers at random.
fn chance() -> f64 {
    f64::from(u32::try_from(RandomState::new().hash_one(()) >> 32).unwrap_or(u32::MAX))
        / f64::from(u32::MAX)
}

//! The endpoint: answers the requests of a Restate server.

use std::{
    collections::HashMap,
    convert::Infallible,
    fmt, mem,
    num::NonZeroUsize,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
    time::Duration,
};

use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Request, Response, header};
use http_body::Body;
#[cfg(feature = "request-identity")]
use restate_core::attempt::{Clock, SystemClock};
use restate_core::{
    Service,
    attempt::AttemptOptions,
    metrics,
    server::Admission,
    trace::{self, TraceParent},
};
use tokio_util::sync::CancellationToken;

use crate::{
    attempt::{AttemptBody, AttemptTarget, CheckedBody},
    discovery::{Manifest, ManifestVersion, PROTOCOL_VERSIONS, ProtocolMode, ServiceEntry},
    http::{Refusal, ResponseBody, Route, ok, ok_reusing},
    metrics::{EndpointFigures, HandlerFigures},
};

/// Bound services that answer the requests of a Restate server.
///
/// [`listen`](Self::listen) and [`run_until`](Self::run_until) run it as a server of its own. As a
/// [`tower_service::Service`] it can be mounted in another server, under any path; call
/// [`drain`](Self::drain) when that server shuts down, so that running attempts suspend.
///
/// Clones share one endpoint.
#[derive(Clone)]
pub struct Endpoint(Arc<Parts>);

pub(crate) struct Parts {
    pub(crate) services: HashMap<&'static str, BoundService>,
    pub(crate) figures: EndpointFigures,
    pub(crate) metrics_token: Option<String>,
    pub(crate) entries: Vec<ServiceEntry>,
    pub(crate) protocol_mode: Option<ProtocolMode>,
    pub(crate) message_limit: usize,
    pub(crate) server_message_limit: usize,
    pub(crate) admission: Admission,
    pub(crate) handler_threads: Option<NonZeroUsize>,
    pub(crate) shutdown_timeout: Duration,
    pub(crate) drain: CancellationToken,
    #[cfg(feature = "request-identity")]
    pub(crate) identity: crate::identity::Verifier,
    #[cfg(feature = "tls")]
    pub(crate) tls: Option<Arc<crate::rustls::ServerConfig>>,
}

pub(crate) struct BoundService {
    pub(crate) service: Arc<dyn Service>,
    /// What is counted for its handlers, in the order of its descriptor.
    pub(crate) figures: Vec<Arc<HandlerFigures>>,
}

impl Parts {
    pub(crate) fn serves_tls(&self) -> bool {
        #[cfg(feature = "tls")]
        return self.tls.is_some();
        #[cfg(not(feature = "tls"))]
        return false;
    }
}

impl Endpoint {
    pub(crate) fn new(parts: Parts) -> Self {
        Self(Arc::new(parts))
    }

    pub(crate) fn parts(&self) -> &Parts {
        &self.0
    }

    /// Makes attempts suspend at their next wait: running ones, and any that still start.
    pub fn drain(&self) {
        self.0.drain.cancel();
    }

    /// Answers a request.
    ///
    /// An attempt runs while the response's body is read, and is aborted when that is dropped. It runs
    /// on the thread that reads the body: handlers that block hold up the server that the endpoint is
    /// mounted in. [`run_until`](Self::run_until) runs handlers on threads of their own.
    pub fn handle<B>(&self, request: Request<B>) -> ResponseFuture
    where
        B: Body<Data = Bytes> + Send + Unpin + 'static,
        B::Error: fmt::Display,
    {
        self.answer(request).unwrap_or_else(|refusal| self.refuse(refusal))
    }

    pub(crate) fn refuse(&self, refusal: Refusal) -> ResponseFuture {
        self.0.figures.refuse(refusal.status());
        ResponseFuture::ready(refusal.into())
    }

    /// What the endpoint counts, in the text format of Prometheus: attempts of each handler, requests that
    /// were refused, and figures of the process.
    ///
    /// It answers with the same at `/metrics`. This is for programs that have an interface for Prometheus
    /// of their own. `docs/metrics.md` of the repository lists all metrics.
    pub fn metrics(&self) -> String {
        self.0.figures.text()
    }

    fn answer<B>(&self, request: Request<B>) -> Result<ResponseFuture, Refusal>
    where
        B: Body<Data = Bytes> + Send + Unpin + 'static,
        B::Error: fmt::Display,
    {
        let (mut head, body) = request.into_parts();
        let path = head.uri.path();
        let route = Route::of(path);
        let mode = self.0.protocol_mode.unwrap_or(match head.version {
            http::Version::HTTP_2 => ProtocolMode::BidiStream,
            _ => ProtocolMode::RequestResponse,
        });
        #[cfg(feature = "request-identity")]
        if route != Route::Health && !self.demands_token(route) {
            let now = SystemClock.now();
            let signed = self.0.identity.verify(&head.headers, route.signed_path(path), now);
            signed.map_err(Refusal::Identity)?;
        }
        let allowed = route.methods();
        if !allowed.is_empty() && !allowed.contains(&head.method) {
            return Err(Refusal::Method { allowed });
        }
        if self.demands_token(route) && !self.has_metrics_token(&head.headers) {
            return Err(Refusal::MetricsToken);
        }
        match route {
            Route::Unknown => Err(Refusal::UnknownPath { path: path.to_owned() }),
            Route::Health => {
                let text = HeaderValue::from_static("text/plain");
                Ok(ResponseFuture::ready(ok(text, ResponseBody::full("ok"))))
            }
            Route::Metrics => {
                let text = HeaderValue::from_static(metrics::CONTENT_TYPE);
                Ok(ResponseFuture::ready(ok(text, ResponseBody::full(self.metrics()))))
            }
            Route::Discover => self.discover(&head.headers, mode).map(ResponseFuture::ready),
            Route::Invoke { service, handler } => {
                let (target, content_type) = self.target(service, handler, &head.headers)?;
                // The response reuses the allocation of the request's header map.
                let headers = mem::take(&mut head.headers);
                let body = CheckedBody::new(body, self.0.message_limit, self.0.admission.body());
                let answer =
                    move |body| ok_reusing(headers, content_type, ResponseBody::attempt(body));
                Ok(match mode {
                    ProtocolMode::BidiStream => {
                        ResponseFuture::ready(answer(AttemptBody::new(target, body)))
                    }
                    ProtocolMode::RequestResponse => {
                        let timeout = self.0.admission.body_timeout();
                        ResponseFuture::later(async move {
                            answer(match body.collect(timeout).await {
                                Ok(whole) => AttemptBody::new(target, whole),
                                Err(error) => AttemptBody::failed(&error),
                            })
                        })
                    }
                })
            }
        }
    }

    /// Whether a request needs a token, in place of a signature: what reads metrics has no key to sign.
    fn demands_token(&self, route: Route<'_>) -> bool {
        route == Route::Metrics && self.0.metrics_token.is_some()
    }

    fn has_metrics_token(&self, headers: &HeaderMap) -> bool {
        let sent = headers.get(header::AUTHORIZATION).map(HeaderValue::as_bytes);
        let sent = sent.and_then(|sent| sent.split_at_checked("Bearer ".len()));
        let token = self.0.metrics_token.as_deref().unwrap_or_default().as_bytes();
        sent.is_some_and(|(scheme, sent)| {
            // The time says nothing about where they differ.
            let differences =
                token.iter().zip(sent).fold(0, |seen, (one, other)| seen | (one ^ other));
            let is_same = token.len() == sent.len() && std::hint::black_box(differences) == 0;
            scheme.eq_ignore_ascii_case(b"Bearer ") && is_same
        })
    }

    fn discover(
        &self,
        headers: &HeaderMap,
        mode: ProtocolMode,
    ) -> Result<Response<ResponseBody>, Refusal> {
        let version = ManifestVersion::negotiate(headers)
            .map_err(|accept| Refusal::ManifestVersion { accept })?;
        let manifest = Manifest::new(&self.0.entries, version, mode).map_err(Refusal::Manifest)?;
        let json = serde_json::to_vec(&manifest)
            .expect("a manifest holds strings, numbers and maps with string keys only");
        Ok(ok(version.content_type(), ResponseBody::full(json)))
    }

    fn target(
        &self,
        service: &str,
        handler: &str,
        headers: &HeaderMap,
    ) -> Result<(AttemptTarget, HeaderValue), Refusal> {
        let Some(bound) = self.0.services.get(service) else {
            return Err(Refusal::UnknownService { name: service.to_owned() });
        };
        let descriptor = bound.service.descriptor();
        let mut handlers = descriptor.handlers().iter().zip(&bound.figures);
        let Some((handler, figures)) = handlers.find(|(known, _)| known.name() == handler) else {
            let name = handler.to_owned();
            return Err(Refusal::UnknownHandler { service: descriptor.name(), name });
        };
        let (version, content_type) = protocol_version(headers)?;
        let mut options = AttemptOptions::default();
        options.version = version;
        options.message_limit = self.0.server_message_limit;
        options.trace = recorded_trace(headers);
        options.trace_of_client = !headers.contains_key("traceparent") && trace::is_listened();
        let target = AttemptTarget {
            service: Arc::clone(&bound.service),
            figures: Arc::clone(figures),
            handler: handler.name(),
            options,
            drain: self.0.drain.clone(),
        };
        Ok((target, content_type))
    }
}

/// The span that the server names, if it is recorded and somebody listens.
fn recorded_trace(headers: &HeaderMap) -> Option<TraceParent> {
    let parent: TraceParent = headers.get("traceparent")?.to_str().ok()?.parse().ok()?;
    let states = headers.get_all("tracestate").iter().filter_map(|state| state.to_str().ok());
    let by_engine =
        states.flat_map(|state| state.split(',')).any(|it| it.trim() == trace::RECORDED);
    (parent.sampled && !by_engine && trace::is_listened()).then_some(parent)
}

fn protocol_version(headers: &HeaderMap) -> Result<(u32, HeaderValue), Refusal> {
    let content_type = headers.get(header::CONTENT_TYPE);
    let sent = content_type.map_or(&b""[..], HeaderValue::as_bytes);
    let version = sent
        .strip_prefix(b"application/vnd.restate.invocation.v")
        .and_then(|version| std::str::from_utf8(version).ok()?.parse().ok())
        .filter(|version| PROTOCOL_VERSIONS.contains(version));
    match (version, content_type) {
        (Some(version), Some(content_type)) => Ok((version, content_type.clone())),
        _ => Err(Refusal::ProtocolVersion {
            content_type: String::from_utf8_lossy(sent).into_owned(),
        }),
    }
}

impl<B> tower_service::Service<Request<B>> for Endpoint
where
    B: Body<Data = Bytes> + Send + Unpin + 'static,
    B::Error: fmt::Display,
{
    type Response = Response<ResponseBody>;
    type Error = Infallible;
    type Future = ResponseFuture;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<B>) -> ResponseFuture {
        self.handle(request)
    }
}

impl fmt::Debug for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Endpoint")
            .field("services", &self.0.services.keys().collect::<Vec<_>>())
            .finish_non_exhaustive()
    }
}

/// The response of an [`Endpoint`]: ready at once, or when the request has ended.
pub struct ResponseFuture(ResponseState);

enum ResponseState {
    Ready(Option<Response<ResponseBody>>),
    Later(Pin<Box<dyn Future<Output = Response<ResponseBody>> + Send>>),
}

impl ResponseFuture {
    pub(crate) fn ready(response: Response<ResponseBody>) -> Self {
        Self(ResponseState::Ready(Some(response)))
    }

    fn later(response: impl Future<Output = Response<ResponseBody>> + Send + 'static) -> Self {
        Self(ResponseState::Later(Box::pin(response)))
    }
}

impl Future for ResponseFuture {
    type Output = Result<Response<ResponseBody>, Infallible>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        match &mut self.get_mut().0 {
            ResponseState::Ready(response) => {
                Poll::Ready(Ok(response.take().expect("polled after completion")))
            }
            ResponseState::Later(response) => response.as_mut().poll(cx).map(Ok),
        }
    }
}

impl fmt::Debug for ResponseFuture {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ResponseFuture").finish_non_exhaustive()
    }
}

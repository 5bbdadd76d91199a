use std::{sync::Arc, time::Duration};

use bytes::Bytes;
use http_body_util::Full;
use hyper::{
    Method, Request, Response, StatusCode,
    header::{ALLOW, CONTENT_TYPE, HeaderValue},
};
use restate_core::{
    Format, TerminalError,
    call::is_json,
    contract::HandlerDescriptor,
    wire::protocol::{Failure, FailureMetadata, NotificationId, NotificationResult},
};
#[cfg(feature = "grpc")]
use restate_grpc::{Protocol, Serving};
use serde_json::{Value, json};

use super::{
    accept,
    answer::answer,
    failure::{INVOCATION_ID, control_refusal, id_header, no_output},
    invoke, lookup,
    route::{CompletionAction, IngressRoute, route},
};
#[cfg(feature = "grpc")]
use crate::http::rpc::RpcServer;
use crate::{
    engine::{
        driver::instant,
        handle::{Accepted, EngineHandle},
    },
    http::{
        body::{BodyLimits, RequestBody as Body, collect},
        refusal::{ErrorSource, is_of_handler, refused},
        reply_body::{ReplyBody, whole},
        server::Respond,
    },
    machine::AcceptedAs,
    model::{figures::RequestOutcome, id::InvocationId, target::Target, timestamp::rfc_3339},
};

/// Answers requests of clients from an engine.
#[derive(Debug)]
pub(crate) struct Ingress {
    engine: EngineHandle,
    bodies: BodyLimits,
    #[cfg(feature = "grpc")]
    rpc: RpcServer,
}

impl Respond for Ingress {
    async fn respond(&self, request: Request<Body>) -> Response<ReplyBody> {
        #[cfg(feature = "grpc")]
        if let Some(protocol) = Protocol::of(&request) {
            // Its state would make that of every request of plain HTTP larger, which is moved on the way.
            return Box::pin(self.rpc.respond(protocol, request)).await;
        }
        whole(self.respond_in_plain(request).await)
    }

    fn refuse(&self, request: &Request<Body>, error: &TerminalError) -> Response<ReplyBody> {
        #[cfg(feature = "grpc")]
        if let Some(protocol) = Protocol::of(request) {
            return restate_grpc::refuse(protocol, request, &error.into());
        }
        #[cfg(not(feature = "grpc"))]
        let _ = request;
        whole(refuse(error))
    }

    #[cfg(feature = "grpc")]
    fn stop(&self) {
        self.engine.serving.send_replace(Serving::Draining);
    }
}

impl Ingress {
    /// An ingress of this engine.
    pub(crate) fn new(engine: EngineHandle, bodies: BodyLimits) -> Self {
        Self {
            #[cfg(feature = "grpc")]
            rpc: crate::http::rpc::server(engine.clone(), &bodies),
            engine,
            bodies,
        }
    }

    async fn respond_in_plain(&self, request: Request<Body>) -> Response<Full<Bytes>> {
        let began = instant();
        let route = match route(&self.engine, request.uri().path(), request.uri().query()) {
            Ok(route) => route,
            Err(error) => {
                let catalog = self.engine.catalog();
                catalog.unknown_figures().request(RequestOutcome::Refused, began.elapsed());
                return refuse(&error);
            }
        };
        let figures = match &route {
            IngressRoute::Call { target } | IngressRoute::Send { target, .. } => {
                Some(Arc::clone(self.engine.catalog().figures(target)))
            }
            _ => None,
        };
        let response = self.carry_out(route, request).await;
        if let Some(figures) = figures {
            figures.request(outcome(&response), began.elapsed());
        }
        response
    }

    async fn carry_out(
        &self,
        route: IngressRoute,
        request: Request<Body>,
    ) -> Response<Full<Bytes>> {
        if let Some(response) = self.refuse_method(&route, request.method()) {
            return response;
        }
        match route {
            IngressRoute::Health => Response::new(Full::default()),
            IngressRoute::Call { target } => self.call(target, request).await,
            IngressRoute::Send { target, delay } => self.send(target, delay, request).await,
            IngressRoute::Lookup => self.lookup(request).await,
            IngressRoute::Awakeable { id, signal, action } => {
                self.complete(id, NotificationId::SignalId(signal), action, request).await
            }
            IngressRoute::Signal { id, name, action } => {
                self.complete(id, NotificationId::SignalName(name), action, request).await
            }
            IngressRoute::Attach(subject) => {
                let asked = accept::of_result(request.headers());
                answer(self.engine.attach(subject).await, &self.engine.catalog(), Some(asked))
            }
            IngressRoute::Output(subject) => {
                let asked = accept::of_result(request.headers());
                answer(self.engine.output(subject).await, &self.engine.catalog(), Some(asked))
            }
        }
    }

    fn refuse_method(
        &self,
        route: &IngressRoute,
        method: &Method,
    ) -> Option<Response<Full<Bytes>>> {
        let (allowed, hint) = match route {
            // Browsers, crawlers and caches send GET on their own and repeat it.
            IngressRoute::Call { target } if !self.engine.catalog().is_read(target) => (
                &[Method::POST][..],
                "use POST; GET calls only shared handlers of objects, and handlers whose contract says \
                 that they have no side effects",
            ),
            IngressRoute::Call { target } => {
                match self.engine.catalog().handler(target).map(HandlerDescriptor::input) {
                    Some(Format::Json) => {
                        (&[Method::POST][..], "this handler needs a request body; use POST")
                    }
                    _ => (&[Method::POST, Method::GET][..], "use POST or GET"),
                }
            }
            IngressRoute::Send { .. } => (&[Method::POST][..], "use POST"),
            IngressRoute::Lookup | IngressRoute::Awakeable { .. } | IngressRoute::Signal { .. } => {
                (&[Method::POST][..], "use POST")
            }
            _ => (&[Method::GET][..], "use GET"),
        };
        if allowed.contains(method) {
            return None;
        }
        let message = format!("{method} is not allowed here: {hint}");
        let mut response = refuse(&TerminalError::with_code(405, message));
        let allowed: Vec<&str> = allowed.iter().map(Method::as_str).collect();
        if let Ok(allowed) = HeaderValue::try_from(allowed.join(", ")) {
            response.headers_mut().insert(ALLOW, allowed);
        }
        Some(response)
    }

    async fn call(&self, target: Target, request: Request<Body>) -> Response<Full<Bytes>> {
        let asked = accept::of_call(request.method(), request.headers());
        match invoke::read(request, target, None, &self.engine.catalog(), &self.bodies).await {
            Ok(incoming) => answer(self.engine.call(incoming).await, &self.engine.catalog(), asked),
            Err(error) => refuse(&error),
        }
    }

    async fn send(
        &self,
        target: Target,
        delay: Option<Duration>,
        request: Request<Body>,
    ) -> Response<Full<Bytes>> {
        match invoke::read(request, target, delay, &self.engine.catalog(), &self.bodies).await {
            Ok(incoming) => match self.engine.send(incoming).await {
                Ok(sent) => accepted(sent),
                Err(error) => no_output(error),
            },
            Err(error) => refuse(&error),
        }
    }

    async fn lookup(&self, request: Request<Body>) -> Response<Full<Bytes>> {
        let body = match collect(request.into_body(), &self.bodies).await {
            Ok(body) => body,
            Err(error) => return refuse(&error),
        };
        let subject = match lookup::read(&self.engine, &body) {
            Ok(subject) => subject,
            Err(error) => return refuse(&error),
        };
        match self.engine.id(subject).await {
            Ok(id) => {
                let body = json!({ "invocationId": id.to_string() });
                let mut response = Response::new(Full::from(body.to_string()));
                let json = HeaderValue::from_static("application/json");
                response.headers_mut().insert(CONTENT_TYPE, json);
                response
            }
            Err(error) => no_output(error),
        }
    }

    /// Accepted even if the invocation has completed: the client cannot know that.
    async fn complete(
        &self,
        id: InvocationId,
        signal: NotificationId,
        action: CompletionAction,
        request: Request<Body>,
    ) -> Response<Full<Bytes>> {
        let says_json = request
            .headers()
            .get(CONTENT_TYPE)
            .is_some_and(|it| it.as_bytes().starts_with(b"application/json"));
        let body = match collect(request.into_body(), &self.bodies).await {
            Ok(body) => body,
            Err(error) => return refuse(&error),
        };
        // The handler that waits would fail for good with it.
        if says_json && action == CompletionAction::Resolve && !body.is_empty() && !is_json(&body) {
            let message =
                "the body is not JSON, as `content-type` says; send JSON, or another type";
            return refuse(&TerminalError::with_code(400, message));
        }
        let result = match action {
            CompletionAction::Resolve => NotificationResult::Value(body.into()),
            CompletionAction::Reject => NotificationResult::Failure(rejection(&signal, &body)),
        };
        match self.engine.signal(id, signal, result).await {
            Ok(()) => {
                let mut response = Response::new(Full::default());
                *response.status_mut() = StatusCode::ACCEPTED;
                response
            }
            Err(error) => refuse(&control_refusal(error)),
        }
    }
}

/// The failure of a rejected awakeable is a text, as in Restate's ingress. That of a signal, for which
/// Restate's has no route, is JSON with `code`, `message` and `metadata`, or else a text, too.
fn rejection(signal: &NotificationId, body: &[u8]) -> Failure {
    let json = match signal {
        NotificationId::SignalName(_) => serde_json::from_slice::<Value>(body).ok(),
        _ => None,
    };
    let field = |name: &str| json.as_ref().and_then(|json| json.get(name));
    let code = field("code").and_then(Value::as_u64).and_then(|code| u32::try_from(code).ok());
    let message = field("message").and_then(Value::as_str).map(str::to_owned);
    let metadata = field("metadata").and_then(Value::as_object).into_iter().flatten();
    Failure {
        code: code.unwrap_or(500),
        message: message.unwrap_or_else(|| String::from_utf8_lossy(body).into_owned()),
        metadata: metadata
            .filter_map(|(key, value)| {
                let value = value.as_str()?.to_owned();
                Some(FailureMetadata { key: key.clone(), value })
            })
            .collect(),
    }
}

fn outcome(response: &Response<Full<Bytes>>) -> RequestOutcome {
    match response.status().is_success() {
        true => RequestOutcome::Succeeded,
        false if is_of_handler(response) => RequestOutcome::Failed,
        false => RequestOutcome::Refused,
    }
}

fn refuse(error: &TerminalError) -> Response<Full<Bytes>> {
    refused(error, ErrorSource::Ingress)
}

fn accepted(Accepted { id, acceptance }: Accepted) -> Response<Full<Bytes>> {
    let status = match acceptance {
        AcceptedAs::Before => "PreviouslyAccepted",
        AcceptedAs::Now | AcceptedAs::At(_) => "Accepted",
    };
    let mut body = json!({ "invocationId": id.to_string(), "status": status });
    if let AcceptedAs::At(due) = acceptance {
        body["executionTime"] = rfc_3339(due).into();
    }
    let mut response = Response::new(Full::from(body.to_string()));
    *response.status_mut() = StatusCode::ACCEPTED;
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    headers.insert(INVOCATION_ID, id_header(id));
    response
}

use std::time::Duration;

use bytes::Bytes;
use http_body_util::Full;
use hyper::{
    Method, Request, Response, StatusCode,
    body::Incoming as Body,
    header::{ALLOW, CONTENT_TYPE, HeaderValue},
};
use restate_core::{
    Format, TerminalError,
    wire::protocol::{Failure, NotificationId, NotificationResult, OutputResult},
};
use serde_json::json;

use super::{
    failure::{INVOCATION_ID, failed, id_header, refused, unanswered},
    invoke, lookup,
    route::{Outcome, Route, route},
};
use crate::{
    engine::handle::{Accepted, Finished, Port, Refusal},
    http::server::Answer,
    machine::{Acceptance, InvocationRef},
    model::{id::InvocationId, target::Target, timestamp::rfc_3339},
};

/// Answers requests from the engine behind `port`.
#[derive(Debug)]
pub(crate) struct Frontend {
    pub(crate) port: Port,
    pub(crate) body_limit: usize,
}

impl Answer for Frontend {
    async fn answer(&self, request: Request<Body>) -> Response<Full<Bytes>> {
        let route = match route(&self.port, request.uri().path(), request.uri().query()) {
            Ok(route) => route,
            Err(error) => return refused(&error),
        };
        if let Some(response) = self.refuse_method(&route, request.method()) {
            return response;
        }
        match route {
            Route::Health => Response::new(Full::default()),
            Route::Call { target } => self.call(target, request).await,
            Route::Send { target, delay } => self.send(target, delay, request).await,
            Route::Lookup => self.lookup(request).await,
            Route::Awakeable { id, signal, outcome } => {
                self.complete_awakeable(id, signal, outcome, request).await
            }
            Route::Attach(subject) => self.result(subject, Wait::UntilOver).await,
            Route::Output(subject) => self.result(subject, Wait::No).await,
        }
    }
}

impl Frontend {
    fn refuse_method(&self, route: &Route, method: &Method) -> Option<Response<Full<Bytes>>> {
        let (allowed, hint) = match route {
            Route::Call { target } | Route::Send { target, .. } => match self.input(target) {
                Format::Json => (&[Method::POST][..], "this handler needs a request body; POST it"),
                _ => (&[Method::POST, Method::GET][..], "handlers are called with POST"),
            },
            Route::Lookup | Route::Awakeable { .. } => (&[Method::POST][..], "POST it"),
            _ => (&[Method::GET][..], "this is read with GET"),
        };
        if allowed.contains(method) {
            return None;
        }
        let message = format!("{method} is not allowed here: {hint}");
        let mut response = refused(&TerminalError::with_code(405, message));
        let allowed: Vec<&str> = allowed.iter().map(Method::as_str).collect();
        if let Ok(allowed) = HeaderValue::try_from(allowed.join(", ")) {
            response.headers_mut().insert(ALLOW, allowed);
        }
        Some(response)
    }

    fn input(&self, target: &Target) -> Format {
        self.port.catalog.handler(target).map_or(Format::Bytes, |handler| handler.input())
    }

    async fn call(&self, target: Target, request: Request<Body>) -> Response<Full<Bytes>> {
        let output = self.port.catalog.handler(&target).map(|handler| handler.output());
        match invoke::read(request, target, None, &self.port.catalog, self.body_limit).await {
            Ok(incoming) => finished(self.port.call(incoming).await, output),
            Err(error) => refused(&error),
        }
    }

    async fn send(
        &self,
        target: Target,
        delay: Option<Duration>,
        request: Request<Body>,
    ) -> Response<Full<Bytes>> {
        match invoke::read(request, target, delay, &self.port.catalog, self.body_limit).await {
            Ok(incoming) => match self.port.send(incoming).await {
                Ok(accepted) => accept(accepted),
                Err(refusal) => unanswered(refusal),
            },
            Err(error) => refused(&error),
        }
    }

    async fn lookup(&self, request: Request<Body>) -> Response<Full<Bytes>> {
        let body = match invoke::collect(request.into_body(), self.body_limit).await {
            Ok(body) => body,
            Err(error) => return refused(&error),
        };
        let subject = match lookup::read(&self.port, &body) {
            Ok(subject) => subject,
            Err(error) => return refused(&error),
        };
        match self.port.id(subject).await {
            Ok(id) => {
                let body = json!({ "invocationId": id.to_string() });
                let mut response = Response::new(Full::from(body.to_string()));
                let json = HeaderValue::from_static("application/json");
                response.headers_mut().insert(CONTENT_TYPE, json);
                response
            }
            Err(refusal) => unanswered(refusal),
        }
    }

    /// Accepted in any case, as nobody outside can know whether the invocation still waits.
    async fn complete_awakeable(
        &self,
        id: InvocationId,
        signal: u32,
        outcome: Outcome,
        request: Request<Body>,
    ) -> Response<Full<Bytes>> {
        let body = match invoke::collect(request.into_body(), self.body_limit).await {
            Ok(body) => body,
            Err(error) => return refused(&error),
        };
        let result = match outcome {
            Outcome::Resolve => NotificationResult::Value(body.into()),
            Outcome::Reject => NotificationResult::Failure(Failure {
                code: 500,
                message: String::from_utf8_lossy(&body).into_owned(),
                metadata: Vec::new(),
            }),
        };
        match self.port.signal(id, NotificationId::SignalId(signal), result).await {
            Ok(()) => {
                let mut response = Response::new(Full::default());
                *response.status_mut() = StatusCode::ACCEPTED;
                response
            }
            Err(refusal) => unanswered(refusal),
        }
    }

    async fn result(&self, subject: InvocationRef, wait: Wait) -> Response<Full<Bytes>> {
        match wait {
            Wait::UntilOver => finished(self.port.attach(subject).await, None),
            Wait::No => finished(self.port.output(subject).await, None),
        }
    }
}

enum Wait {
    UntilOver,
    No,
}

fn finished(finished: Result<Finished, Refusal>, output: Option<Format>) -> Response<Full<Bytes>> {
    let Finished { id, result } = match finished {
        Ok(finished) => finished,
        Err(refusal) => return unanswered(refusal),
    };
    let value = match result {
        OutputResult::Value(value) => value.content,
        OutputResult::Failure(failure) => return failed(id, failure),
    };
    // Handlers answer as they were asked; a binary message never starts as JSON does.
    let encoding = output.unwrap_or(Format::Message).encoding(None, &value);
    let mut response = Response::new(Full::new(value));
    if let Some(encoding) = encoding.filter(|_| output != Some(Format::Empty)) {
        let content_type = HeaderValue::from_static(encoding.content_type());
        response.headers_mut().insert(CONTENT_TYPE, content_type);
    }
    response.headers_mut().insert(INVOCATION_ID, id_header(id));
    response
}

fn accept(Accepted { id, acceptance }: Accepted) -> Response<Full<Bytes>> {
    let status = match acceptance {
        Acceptance::Before => "PreviouslyAccepted",
        Acceptance::Now | Acceptance::At(_) => "Accepted",
    };
    let mut body = json!({ "invocationId": id.to_string(), "status": status });
    if let Acceptance::At(due) = acceptance {
        body["executionTime"] = rfc_3339(due).into();
    }
    let mut response = Response::new(Full::from(body.to_string()));
    *response.status_mut() = StatusCode::ACCEPTED;
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    headers.insert(INVOCATION_ID, id_header(id));
    response
}

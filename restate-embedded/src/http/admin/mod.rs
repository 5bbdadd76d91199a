//! HTTP for those who run the engine: what there is, what it does, and how to intervene.
//!
//! Routes are those of Restate's admin interface where that has one.

mod database;
mod invocations;
mod journal;
mod openapi;
mod reply;
mod route;
mod rules;
mod services;
mod state;

use std::path::PathBuf;

use bytes::Bytes;
use http_body_util::Full;
use hyper::{Method, Request, Response, body::Incoming as Body};
use restate_core::TerminalError;
use serde_json::{Value, json};

use self::{
    database::Database,
    reply::{Answered, json_response, refusal},
    route::{Many, Route, route},
};
use crate::{
    engine::handle::{ControlError, Port},
    http::{
        ingress::{collect, refused},
        server::Answer,
    },
    machine::Control,
    model::id::InvocationId,
};

/// Answers requests about the engine behind `port`, whose database is in the file `database`.
#[derive(Debug)]
pub(crate) struct Admin {
    pub(crate) port: Port,
    pub(crate) database: PathBuf,
    pub(crate) body_limit: usize,
}

impl Answer for Admin {
    async fn answer(&self, request: Request<Body>) -> Response<Full<Bytes>> {
        match self.try_answer(request).await {
            Ok(body) => json_response(&body),
            Err(error) => refused(&error),
        }
    }
}

impl Admin {
    async fn try_answer(&self, request: Request<Body>) -> Answered {
        let (uri, method) = (request.uri().clone(), request.method().clone());
        let route = route(uri.path(), uri.query())?;
        check_method(&route, &method)?;
        match route {
            Route::Health => Ok(json!({ "status": "healthy" })),
            Route::Ready => self.ready().await,
            Route::Version => Ok(json!({ "version": env!("CARGO_PKG_VERSION") })),
            Route::Services => Ok(services::list(&self.port.catalog)),
            Route::Service(name) => services::describe(&self.port.catalog, &name),
            Route::OpenApi(name) => openapi::document(&self.port.catalog, name.as_deref()),
            Route::Invocations(filter) => {
                let rows = invocations::list(&self.port, self.database(), filter).await?;
                Ok(json!({ "invocations": rows }))
            }
            Route::Invocation(id) => invocations::describe(&self.port, self.database(), id).await,
            Route::Journal(id) => journal::show(&self.port, id).await,
            Route::Control(id, control) => self.control(id, control).await,
            Route::Restart(id) => self.restart(id).await,
            Route::ControlMany(Many { control, filter }) => {
                self.control_many(control, filter).await
            }
            Route::State(object) => state::show(&self.port, object).await,
            Route::StateValue(object, name) => {
                let value = match method {
                    Method::DELETE => None,
                    _ => Some(collect(request.into_body(), self.body_limit).await?),
                };
                state::change(&self.port, object, name, value).await
            }
            Route::Rules if method == Method::GET => rules::list(&self.port).await,
            Route::Rules => {
                let body = collect(request.into_body(), self.body_limit).await?;
                rules::set(&self.port, &body).await
            }
            Route::RemoveRules => {
                let body = collect(request.into_body(), self.body_limit).await?;
                rules::remove(&self.port, &body).await
            }
            Route::Query => {
                let body = collect(request.into_body(), self.body_limit).await?;
                self.database().query(query_text(&body)?).await
            }
        }
    }

    fn database(&self) -> Database {
        Database::new(self.database.clone())
    }

    /// Answered by the engine itself: whoever gets it knows that it works.
    async fn ready(&self) -> Answered {
        self.port.inspect(|_, _| ()).await.map_err(|_| stopped())?;
        Ok(json!({ "status": "ready" }))
    }

    async fn control(&self, id: InvocationId, control: Control) -> Answered {
        match self.port.control(id, control).await {
            Ok(()) => Ok(json!({ "invocationId": id.to_string(), "done": true })),
            Err(error) => Err(control_error(id, error)),
        }
    }

    async fn control_many(&self, control: Control, filter: invocations::Filter) -> Answered {
        let rows = invocations::list(&self.port, self.database(), filter).await?;
        let (mut done, mut refused) = (Vec::new(), Vec::new());
        for row in rows {
            let Some(id) = row["id"].as_str().and_then(|id| id.parse().ok()) else { continue };
            match self.port.control(id, control).await {
                Ok(()) => done.push(id.to_string()),
                // It has ended since it was listed.
                Err(ControlError::NotFound) => {}
                Err(error) => {
                    let message = control_error(id, error).message().to_owned();
                    refused.push(json!({ "id": id.to_string(), "message": message }));
                }
            }
        }
        Ok(json!({ "done": done, "refused": refused }))
    }

    async fn restart(&self, id: InvocationId) -> Answered {
        let look = move |_: &_, store: &mut dyn crate::store::Store| {
            let invocation = store.invocation(id)?;
            Ok((invocation, store.journal(id, 0)?))
        };
        let found = self.port.inspect(look).await.map_err(|_| stopped())?;
        let (invocation, input) = found.map_err(|error: crate::store::StoreError| {
            TerminalError::with_code(500, error.to_string())
        })?;
        let Some(invocation) = invocation else { return Err(not_found(id)) };
        let input = input.into_iter().next().unwrap_or_default();
        if !matches!(invocation.phase, crate::store::Phase::Completed(_)) {
            let message = format!("{id} cannot be restarted as a new one: it is not over");
            return Err(refusal(409, message));
        }
        if input.is_empty() {
            let message = format!(
                "{id} cannot be restarted as a new one: its input was not kept; set a journal \
                 retention, for the engine or in the contract"
            );
            return Err(refusal(410, message));
        }
        let restarted = self.port.restart(invocation.target, invocation.limit_key, input).await;
        let new = restarted.map_err(|_| stopped())?;
        Ok(json!({ "newInvocationId": new.to_string() }))
    }
}

fn check_method(route: &Route, method: &Method) -> Result<(), TerminalError> {
    let allowed: &[Method] = match route {
        Route::Control(..) | Route::ControlMany(_) | Route::Restart(_) => {
            &[Method::PATCH, Method::POST]
        }
        Route::StateValue(..) => &[Method::PUT, Method::DELETE],
        Route::Rules => &[Method::GET, Method::PUT],
        Route::Query | Route::RemoveRules => &[Method::POST],
        _ => &[Method::GET],
    };
    if allowed.contains(method) {
        return Ok(());
    }
    let allowed: Vec<&str> = allowed.iter().map(Method::as_str).collect();
    Err(refusal(405, format!("{method} is not allowed here; use {}", allowed.join(" or "))))
}

fn query_text(body: &[u8]) -> Result<String, TerminalError> {
    let query = serde_json::from_slice::<Value>(body).ok();
    let query = query.as_ref().and_then(|body| body.get("query")).and_then(Value::as_str);
    query
        .map(str::to_owned)
        .ok_or_else(|| refusal(400, "the body is not of the form {\"query\": \"SELECT ..\"}"))
}

fn control_error(id: InvocationId, error: ControlError) -> TerminalError {
    match error {
        ControlError::Stopped => stopped(),
        ControlError::NotFound => not_found(id),
        ControlError::Refused(reason) => refusal(409, reason),
    }
}

fn not_found(id: InvocationId) -> TerminalError {
    refusal(404, format!("there is no invocation {id}, or its result is not retained any more"))
}

fn stopped() -> TerminalError {
    refusal(503, "the engine is stopping")
}

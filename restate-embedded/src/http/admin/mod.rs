//! The admin interface: shows services, invocations, journals and state, and changes them.
//!
//! Routes and fields are those of Restate's admin interface, where it has them.

mod audit;
mod batch;
mod database;
mod deployments;
mod drain;
mod due;
mod filter;
mod invocations;
mod invoke;
mod journal;
mod openapi;
mod recording;
#[cfg(feature = "deployments")]
mod register;
mod reply;
mod restart;
mod route;
mod rules;
mod services;
mod state;

use std::path::PathBuf;

use hyper::{HeaderMap, Method, Request, Response, StatusCode, header::CONTENT_TYPE};
use restate_core::TerminalError;
use serde_json::{Value, json};

use self::{
    audit::Change,
    database::{Database, Form},
    filter::Filter,
    reply::{AdminReply, AdminResult},
    route::{AdminRoute, BulkControl, Force, route},
};
use crate::{
    engine::handle::{ControlError, EngineHandle},
    http::{
        api_version::{self, unversioned},
        body::{BodyLimits, RequestBody as Body, collect},
        page,
        refusal::{ErrorSource, refusal, refused},
        reply_body::{ReplyBody, whole},
        server::Respond,
    },
    machine::{Control, Outcome, ResumeOn},
    model::{deployment::DeploymentId, id::InvocationId, sql_limits::SqlLimits},
    recording::Reveal,
};

/// Answers requests of operators from an engine and its database.
#[derive(Debug)]
pub(crate) struct Admin {
    engine: EngineHandle,
    database: Database,
    bodies: BodyLimits,
}

impl Respond for Admin {
    async fn respond(&self, request: Request<Body>) -> Response<ReplyBody> {
        if let Some(response) = page::answer(request.method(), request.uri().path()) {
            return whole(response);
        }
        let change = Change::of(&request);
        let outcome = self.try_respond(request).await;
        if let Some(change) = change {
            change.log(&outcome);
        }
        whole(match outcome {
            Ok(reply) => reply.response(),
            Err(error) => refused(&error, ErrorSource::Admin),
        })
    }

    fn refuse(&self, _: &Request<Body>, error: &TerminalError) -> Response<ReplyBody> {
        whole(refused(error, ErrorSource::Admin))
    }

    fn stop(&self) {
        self.database.stop();
    }
}

impl Admin {
    /// The admin interface of an engine whose database is in the file `database`.
    pub(crate) fn new(
        engine: EngineHandle,
        database: PathBuf,
        sql: SqlLimits,
        bodies: BodyLimits,
    ) -> Self {
        let database = Database::new(engine.clone(), database, sql);
        Self { engine, database, bodies }
    }

    async fn try_respond(&self, request: Request<Body>) -> Result<AdminReply, TerminalError> {
        let (uri, method) = (request.uri().clone(), request.method().clone());
        let route = route(unversioned(uri.path()), uri.query())?;
        check_method(&route, &method)?;
        check_form(&method, request.headers())?;
        if !reads_database(&route) {
            return self.carry_out(route, method, request).await;
        }
        // Before, because what is not committed yet would be missing. After, because a commit can be read
        // before it is synced, and nobody may be shown what a crash takes back.
        self.settle().await?;
        let reply = self.carry_out(route, method, request).await?;
        self.settle().await?;
        Ok(reply)
    }

    async fn carry_out(
        &self,
        route: AdminRoute,
        method: Method,
        request: Request<Body>,
    ) -> Result<AdminReply, TerminalError> {
        let reply = match route {
            AdminRoute::Health => Ok(json!({ "status": "healthy" })),
            AdminRoute::Ready => self.ready().await,
            AdminRoute::Version => Ok(version()),
            AdminRoute::Drain => drain::drain(&self.engine, &self.database, &method).await,
            AdminRoute::Metrics => return Ok(AdminReply::metrics(self.engine.metrics.text())),
            AdminRoute::Services => services::list(&self.engine).await,
            AdminRoute::Service(name) if method == Method::PATCH => {
                services::refuse_change(&self.engine.catalog(), &name)
            }
            AdminRoute::Service(name) => services::describe(&self.engine, name).await,
            AdminRoute::OpenApi(name) => openapi::document(&self.engine.catalog(), name.as_deref()),
            AdminRoute::Deployments if method == Method::GET => {
                deployments::list(&self.engine).await
            }
            AdminRoute::Deployments => {
                let body = collect(request.into_body(), &self.bodies).await?;
                let registered = self.register(&body).await?;
                // As on a Restate server, for which Restate's command line looks.
                let is_new = registered["outcome"] == "added";
                let status = if is_new { StatusCode::CREATED } else { StatusCode::OK };
                return Ok(AdminReply::from(registered).with_status(status));
            }
            AdminRoute::Deployment(id, Force(force)) if method == Method::DELETE => {
                let removed = deployments::remove(&self.engine, id, force).await?;
                return Ok(AdminReply::from(removed).with_status(StatusCode::ACCEPTED));
            }
            AdminRoute::Deployment(id, _) if method == Method::PATCH => {
                let body = collect(request.into_body(), &self.bodies).await?;
                self.update(id, &body).await
            }
            AdminRoute::Deployment(id, _) => deployments::describe(&self.engine, id).await,
            AdminRoute::Invocations(filter) => {
                let list = invocations::list(&self.engine, &self.database, filter);
                let invocations::Listed { rows, next } = list.await?;
                let mut reply = json!({ "invocations": rows });
                if let Some(next) = next {
                    reply["next"] = next.into();
                }
                Ok(reply)
            }
            AdminRoute::Invocation(id) => {
                invocations::describe(&self.engine, &self.database, id).await
            }
            AdminRoute::Journal(id) => journal::show(&self.engine, id).await,
            AdminRoute::Recording(id, reveal) => recording::record(&self.engine, id, reveal).await,
            AdminRoute::Control(id, control) => self.control(id, control).await,
            AdminRoute::Restart(id, restart) => restart::restart(self, id, restart).await,
            AdminRoute::ControlMany(BulkControl { control, filter }) => {
                self.control_many(control, filter).await
            }
            AdminRoute::Batch(operation) => {
                let body = collect(request.into_body(), &self.bodies).await?;
                batch::carry_out(self, operation, &body).await
            }
            AdminRoute::Invoke { service, handler } => {
                let body = collect(request.into_body(), &self.bodies).await?;
                return invoke::invoke(&self.engine, &service, &handler, &body).await;
            }
            AdminRoute::ReplaceState(service) => {
                let body = collect(request.into_body(), &self.bodies).await?;
                let replaced = state::replace(&self.engine, &service, &body).await?;
                return Ok(AdminReply::from(replaced).with_status(StatusCode::ACCEPTED));
            }
            AdminRoute::State(object) => state::show(&self.engine, object).await,
            AdminRoute::StateValue(object, name) => {
                let value = match method {
                    Method::DELETE => None,
                    _ => Some(collect(request.into_body(), &self.bodies).await?),
                };
                state::change(&self.engine, object, name, value).await
            }
            AdminRoute::Rules if method == Method::GET => rules::list(&self.engine).await,
            AdminRoute::Rules => {
                let body = collect(request.into_body(), &self.bodies).await?;
                rules::set(&self.engine, &body).await
            }
            AdminRoute::RemoveRules => {
                let body = collect(request.into_body(), &self.bodies).await?;
                rules::remove(&self.engine, &body).await
            }
            AdminRoute::Query => {
                let path = request.uri().path();
                let is_versioned = unversioned(path) != path;
                let form = Form::asked_for(request.headers(), is_versioned);
                let body = collect(request.into_body(), &self.bodies).await?;
                return self.database.query(query_text(&body)?, form).await;
            }
        };
        reply.map(AdminReply::from)
    }

    #[cfg(feature = "deployments")]
    async fn register(&self, body: &[u8]) -> AdminResult {
        register::register(&self.engine, body).await
    }

    #[cfg(feature = "deployments")]
    async fn update(&self, id: DeploymentId, body: &[u8]) -> AdminResult {
        register::update(&self.engine, id, body).await
    }

    #[cfg(not(feature = "deployments"))]
    async fn register(&self, _: &[u8]) -> AdminResult {
        Err(without_client())
    }

    #[cfg(not(feature = "deployments"))]
    async fn update(&self, _: DeploymentId, _: &[u8]) -> AdminResult {
        Err(without_client())
    }

    /// Answered by the engine's thread, so a response shows that it works.
    async fn ready(&self) -> AdminResult {
        self.settle().await?;
        Ok(json!({ "status": "ready" }))
    }

    /// Returns when everything is durable that the engine has written so far.
    async fn settle(&self) -> Result<(), TerminalError> {
        self.engine.inspect(|_, _| ()).await.map_err(|_| stopped())
    }

    async fn control(&self, id: InvocationId, control: Control) -> AdminResult {
        self.check_deployment(control)?;
        match self.engine.control(id, control).await {
            Ok(()) => Ok(json!({ "invocationId": id.to_string(), "done": true })),
            Err(error) => Err(control_error(id, error)),
        }
    }

    async fn control_many(&self, control: Control, filter: Filter) -> AdminResult {
        self.check_deployment(control)?;
        let listed = invocations::list(&self.engine, &self.database, filter).await?;
        let ids = listed.rows.iter().filter_map(|row| row["id"].as_str()?.parse().ok()).collect();
        let outcomes = self.engine.control_many(ids, control).await.map_err(|_| stopped())?;
        let (mut done, mut refused) = (Vec::new(), Vec::new());
        for (id, outcome) in outcomes {
            match outcome {
                Outcome::Done => done.push(id.to_string()),
                // It was purged after it was listed.
                Outcome::Missing => {}
                Outcome::Refused(message) => {
                    refused.push(json!({ "id": id.to_string(), "message": message }));
                }
            }
        }
        Ok(json!({ "done": done, "refused": refused }))
    }

    /// Refuses to resume on a deployment that does not exist, with the code of a Restate server.
    fn check_deployment(&self, control: Control) -> Result<(), TerminalError> {
        match control {
            Control::Resume(ResumeOn::Deployment(id))
                if id != DeploymentId::IN_PROCESS
                    && self.engine.catalog().deployment(id).is_none() =>
            {
                Err(refusal(400, format!("no such deployment: {id}; /deployments lists all")))
            }
            _ => Ok(()),
        }
    }
}

/// The fields that Restate's command line requires; the engine has none of its optional features.
fn version() -> Value {
    json!({
        "version": env!("CARGO_PKG_VERSION"),
        "min_admin_api_version": api_version::OLDEST,
        "max_admin_api_version": api_version::NEWEST,
        "ingress_endpoint": null,
        "features": {},
    })
}

/// Whether the response comes from the database, which another connection reads.
fn reads_database(route: &AdminRoute) -> bool {
    matches!(
        route,
        AdminRoute::Invocations(_)
            | AdminRoute::Invocation(_)
            | AdminRoute::ControlMany(_)
            | AdminRoute::Drain
            | AdminRoute::Query
    )
}

fn check_method(route: &AdminRoute, method: &Method) -> Result<(), TerminalError> {
    let allowed: &[Method] = match route {
        AdminRoute::Control(..) | AdminRoute::ControlMany(_) | AdminRoute::Restart(..) => {
            &[Method::PATCH, Method::POST]
        }
        AdminRoute::Recording(_, Reveal::Untyped | Reveal::All) => &[Method::POST],
        AdminRoute::Batch(_) | AdminRoute::Invoke { .. } | AdminRoute::ReplaceState(_) => {
            &[Method::POST]
        }
        AdminRoute::Drain => &[Method::GET, Method::PUT, Method::DELETE],
        AdminRoute::Service(_) => &[Method::GET, Method::PATCH],
        AdminRoute::StateValue(..) => &[Method::PUT, Method::DELETE],
        AdminRoute::Rules => &[Method::GET, Method::PUT],
        AdminRoute::Deployments => &[Method::GET, Method::POST],
        AdminRoute::Deployment(..) => &[Method::GET, Method::PATCH, Method::DELETE],
        AdminRoute::Query | AdminRoute::RemoveRules => &[Method::POST],
        _ => &[Method::GET],
    };
    if allowed.contains(method) {
        return Ok(());
    }
    let allowed: Vec<&str> = allowed.iter().map(Method::as_str).collect();
    Err(refusal(405, format!("{method} is not allowed here; use {}", allowed.join(" or "))))
}

/// Refuses a POST that the form of any website could send; all other methods are preceded by a preflight.
fn check_form(method: &Method, headers: &HeaderMap) -> Result<(), TerminalError> {
    let kind = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let kind = kind.split(';').next().unwrap_or_default().trim();
    if method != Method::POST || kind.eq_ignore_ascii_case("application/json") {
        return Ok(());
    }
    let message = "a POST needs the header `content-type: application/json`, also without a body, as web \
                   pages of others cannot send it unasked; add it, or use PATCH where it is allowed";
    Err(refusal(415, message))
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
        ControlError::TooLarge(reason) => refusal(413, reason),
    }
}

fn not_found(id: InvocationId) -> TerminalError {
    refusal(404, format!("no such invocation: {id}, or its result is not retained any more"))
}

#[cfg(not(feature = "deployments"))]
fn without_client() -> TerminalError {
    refusal(501, "this program cannot reach deployments; build it with the feature `deployments`")
}

fn stopped() -> TerminalError {
    refusal(503, "the engine is stopping")
}

use std::sync::Arc;

use bytes::Bytes;
use restate_core::TerminalError;

use super::{filter::Filter, restart::Restarted};
use crate::{
    http::{
        percent::{decode, segments},
        refusal::refusal,
    },
    machine::{Control, ResumeOn},
    model::{deployment::DeploymentId, id::InvocationId, rules::is_level, target::Object},
    recording::Reveal,
};

/// What a request to the admin interface asks for.
#[derive(Debug, PartialEq)]
pub(super) enum AdminRoute {
    /// Whether the process answers.
    Health,
    /// Whether the engine's thread works.
    Ready,
    /// The version of the engine.
    Version,
    /// Whether the engine drains.
    Drain,
    /// What the engine counts.
    Metrics,
    /// All bound services.
    Services,
    /// One service.
    Service(String),
    /// An OpenAPI document of one service, or of all.
    OpenApi(Option<String>),
    /// All deployments.
    Deployments,
    /// One deployment; whether it is removed although it is in use.
    Deployment(DeploymentId, Force),
    /// The invocations that match.
    Invocations(Filter),
    /// One invocation.
    Invocation(InvocationId),
    /// Its journal.
    Journal(InvocationId),
    /// The same as a file for tests, with these of the values that people must not see.
    Recording(InvocationId, Reveal),
    /// Do this to an invocation.
    Control(InvocationId, Control),
    /// Do this to every invocation that matches.
    ControlMany(BulkControl),
    /// Execute it again, as a new invocation.
    Restart(InvocationId, Restarted),
    /// Do this to each invocation of a list.
    Batch(BatchOperation),
    /// Invoke this handler.
    Invoke { service: String, handler: String },
    /// Replace the state of an object of this service.
    ReplaceState(String),
    /// The state of an object.
    State(Object),
    /// One value of it.
    StateValue(Object, Bytes),
    /// The rules of limits.
    Rules,
    /// Remove rules of limits.
    RemoveRules,
    /// An SQL query.
    Query,
}

/// What is done with each invocation of a list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum BatchOperation {
    Control(Control),
    Restart,
}

/// Whether a query says `force=true`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Force(pub(super) bool);

/// What is done with all invocations that match.
#[derive(Debug, PartialEq)]
pub(super) struct BulkControl {
    pub(super) control: Control,
    pub(super) filter: Filter,
}

/// What `path` and `query` ask for.
///
/// # Errors
///
/// Code 404 for a route that does not exist, 400 for a malformed one.
pub(super) fn route(path: &str, query: Option<&str>) -> Result<AdminRoute, TerminalError> {
    let segments = segments(path)?;
    let segments: Vec<&str> = segments.iter().map(|segment| &**segment).collect();
    let object = |service: &str, key: &str| Object::new(service.to_owned(), key);
    let route = match &*segments {
        ["health"] => AdminRoute::Health,
        ["ready"] => AdminRoute::Ready,
        ["version"] => AdminRoute::Version,
        ["drain"] => AdminRoute::Drain,
        ["metrics"] => AdminRoute::Metrics,
        ["openapi"] => AdminRoute::OpenApi(None),
        ["query"] => AdminRoute::Query,
        ["limits", "rules"] => AdminRoute::Rules,
        ["limits", "rules", "bulk-delete"] => AdminRoute::RemoveRules,
        ["services"] => AdminRoute::Services,
        ["services", name] => AdminRoute::Service((*name).to_owned()),
        ["services", name, "openapi"] => AdminRoute::OpenApi(Some((*name).to_owned())),
        ["services", service, "handlers", handler, "invoke"] => {
            let (service, handler) = ((*service).to_owned(), (*handler).to_owned());
            AdminRoute::Invoke { service, handler }
        }
        ["services", name, "state"] => AdminRoute::ReplaceState((*name).to_owned()),
        ["services", name, "state", key] => {
            return Ok(AdminRoute::State(object(name, key).within(scope(query)?)));
        }
        ["services", service, "state", key, name] => {
            let object = object(service, key).within(scope(query)?);
            return Ok(AdminRoute::StateValue(object, Bytes::copy_from_slice(name.as_bytes())));
        }
        ["deployments"] => AdminRoute::Deployments,
        ["deployments", id] => {
            let id = id.parse().map_err(|error| refusal(400, format!("`{id}`: {error}")))?;
            return Ok(AdminRoute::Deployment(id, force(query)?));
        }
        ["invocations"] => return Ok(AdminRoute::Invocations(filter(query)?)),
        ["invocations", word] => match control(word) {
            Some(control) => {
                let (control, query) = resumed_on(control, query)?;
                return Ok(AdminRoute::ControlMany(many(control, filter(query.as_deref())?)?));
            }
            None => AdminRoute::Invocation(id(word)?),
        },
        ["invocations", one, "journal"] => AdminRoute::Journal(id(one)?),
        ["invocations", one, "recording"] => {
            return Ok(AdminRoute::Recording(id(one)?, reveal(query)?));
        }
        ["invocations", one, "restart-as-new"] => {
            return Ok(AdminRoute::Restart(id(one)?, Restarted::read(query)?));
        }
        ["invocations", one, word] => match control(word) {
            Some(control) => {
                let (control, query) = resumed_on(control, query)?;
                no_query(query.as_deref())?;
                return Ok(AdminRoute::Control(id(one)?, control));
            }
            None => return Err(no_route(path)),
        },
        ["internal", "invocations_batch_operations", "restart-as-new"] => {
            AdminRoute::Batch(BatchOperation::Restart)
        }
        ["internal", "invocations_batch_operations", word] => match control(word) {
            Some(control) => AdminRoute::Batch(BatchOperation::Control(control)),
            None => return Err(no_route(path)),
        },
        ["kafka-clusters" | "subscriptions", ..] => {
            return Err(refusal(
                501,
                "this engine does not read from Kafka; a service can, and call handlers",
            ));
        }
        _ => return Err(no_route(path)),
    };
    no_query(query)?;
    Ok(route)
}

fn no_query(query: Option<&str>) -> Result<(), TerminalError> {
    match query.filter(|query| !query.is_empty()) {
        Some(query) => {
            Err(refusal(400, format!("this route has no query parameters; remove `{query}`")))
        }
        None => Ok(()),
    }
}

/// Takes the deployment to resume on out of a query; returns what else that says.
fn resumed_on(
    control: Control,
    query: Option<&str>,
) -> Result<(Control, Option<String>), TerminalError> {
    let (Control::Resume(_), Some(query)) = (control, query) else {
        return Ok((control, query.map(str::to_owned)));
    };
    let mut on = ResumeOn::Pinned;
    let mut others = Vec::new();
    for pair in query.split('&') {
        match pair.strip_prefix("deployment=") {
            Some(deployment) => on = resume_on(deployment)?,
            None => others.push(pair),
        }
    }
    Ok((Control::Resume(on), Some(others.join("&"))))
}

/// The deployment to resume on.
pub(super) fn resume_on(deployment: &str) -> Result<ResumeOn, TerminalError> {
    Ok(match deployment {
        "keep" | "Keep" => ResumeOn::Pinned,
        "latest" | "Latest" => ResumeOn::Newest,
        id => {
            let message =
                |error| format!("`deployment={id}`: {error}; write `latest`, `keep`, or an id");
            ResumeOn::Deployment(id.parse().map_err(|error| refusal(400, message(error)))?)
        }
    })
}

fn control(word: &str) -> Option<Control> {
    Some(match word {
        "cancel" => Control::Cancel,
        "kill" => Control::Kill,
        "pause" => Control::Pause,
        "resume" => Control::Resume(ResumeOn::Pinned),
        "purge" => Control::Purge,
        "purge-journal" => Control::PurgeJournal,
        _ => return None,
    })
}

/// Refuses to do something to every invocation by accident.
fn many(control: Control, filter: Filter) -> Result<BulkControl, TerminalError> {
    if filter == Filter::default() {
        let message = "this would change every invocation; select some with `service=`, `key=`, \
                       `handler=`, `status=` or `older_than=`, or set a `limit=`";
        return Err(refusal(400, message));
    }
    Ok(BulkControl { control, filter })
}

fn filter(query: Option<&str>) -> Result<Filter, TerminalError> {
    let mut filter = Filter::default();
    for pair in query.into_iter().flat_map(|query| query.split('&')).filter(|it| !it.is_empty()) {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        filter.set(name, &decode(value)?)?;
    }
    Ok(filter)
}

/// The scope in a query, if it has one.
fn scope(query: Option<&str>) -> Result<Option<Arc<str>>, TerminalError> {
    match query.filter(|query| !query.is_empty()) {
        None => Ok(None),
        Some(query) => match query.strip_prefix("scope=").map(decode).transpose()? {
            Some(scope) if is_level(&scope) => Ok(Some((*scope).into())),
            _ => Err(refusal(400, format!("`{query}` is not of the form `scope=orders`"))),
        },
    }
}

fn reveal(query: Option<&str>) -> Result<Reveal, TerminalError> {
    let Some(query) = query.filter(|query| !query.is_empty()) else { return Ok(Reveal::Nothing) };
    query.strip_prefix("reveal=").and_then(Reveal::named).ok_or_else(|| {
        refusal(400, format!("`{query}` is not of the form `reveal=untyped` or `reveal=all`"))
    })
}

fn force(query: Option<&str>) -> Result<Force, TerminalError> {
    match query.filter(|query| !query.is_empty()) {
        None | Some("force=false") => Ok(Force(false)),
        Some("force=true") => Ok(Force(true)),
        Some(query) => Err(refusal(400, format!("`{query}` is not of the form `force=true`"))),
    }
}

fn id(text: &str) -> Result<InvocationId, TerminalError> {
    text.parse().map_err(|error| refusal(400, format!("`{text}`: {error}")))
}

fn no_route(path: &str) -> TerminalError {
    let message = format!(
        "no such route: `{path}`; the routes are /services, /deployments, /invocations, /limits/rules, /query, \
         /openapi, /metrics, /drain, /health, /ready and /version"
    );
    refusal(404, message)
}

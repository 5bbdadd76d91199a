use std::sync::Arc;

use bytes::Bytes;
use restate_core::TerminalError;

use super::{invocations::Filter, reply::refusal};
use crate::{
    http::ingress::route::{decode, segments},
    machine::Control,
    model::{id::InvocationId, rules::is_level, target::Object},
};

/// What a request asks for.
#[derive(Debug, PartialEq)]
pub(super) enum Route {
    /// Whether the process answers.
    Health,
    /// Whether the engine works.
    Ready,
    /// Which version this is.
    Version,
    /// All bound services.
    Services,
    /// One service.
    Service(String),
    /// OpenAPI of one service, or of all.
    OpenApi(Option<String>),
    /// Invocations that match.
    Invocations(Filter),
    /// One invocation.
    Invocation(InvocationId),
    /// Its journal.
    Journal(InvocationId),
    /// Do this with it.
    Control(InvocationId, Control),
    /// Do this with all that match.
    ControlMany(Many),
    /// Invoke its handler once more with the same input.
    Restart(InvocationId),
    /// The state of an object.
    State(Object),
    /// One value of it.
    StateValue(Object, Bytes),
    /// The rules of limits.
    Rules,
    /// Remove rules of limits.
    RemoveRules,
    /// SQL.
    Query,
}

/// What is done with all invocations that match.
#[derive(Debug, PartialEq)]
pub(super) struct Many {
    pub(super) control: Control,
    pub(super) filter: Filter,
}

/// What `path` and `query` ask for.
///
/// # Errors
///
/// Code 404 for what does not exist, 400 for what cannot be understood.
pub(super) fn route(path: &str, query: Option<&str>) -> Result<Route, TerminalError> {
    let segments = segments(path)?;
    let segments: Vec<&str> = segments.iter().map(|segment| &**segment).collect();
    let object = |service: &str, key: &str| Object::new(service.to_owned(), key);
    let route = match &*segments {
        ["health"] => Route::Health,
        ["ready"] => Route::Ready,
        ["version"] => Route::Version,
        ["openapi"] => Route::OpenApi(None),
        ["query"] => Route::Query,
        ["limits", "rules"] => Route::Rules,
        ["limits", "rules", "bulk-delete"] => Route::RemoveRules,
        ["services"] => Route::Services,
        ["services", name] => Route::Service((*name).to_owned()),
        ["services", name, "openapi"] => Route::OpenApi(Some((*name).to_owned())),
        ["services", name, "state", key] => {
            return Ok(Route::State(object(name, key).within(scope(query)?)));
        }
        ["services", service, "state", key, name] => {
            let object = object(service, key).within(scope(query)?);
            return Ok(Route::StateValue(object, Bytes::copy_from_slice(name.as_bytes())));
        }
        ["invocations"] => return Ok(Route::Invocations(filter(query)?)),
        ["invocations", word] => match control(word) {
            Some(control) => return Ok(Route::ControlMany(many(control, filter(query)?)?)),
            None => Route::Invocation(id(word)?),
        },
        ["invocations", one, "journal"] => Route::Journal(id(one)?),
        ["invocations", one, "restart-as-new"] => Route::Restart(id(one)?),
        ["invocations", one, word] => match control(word) {
            Some(control) => Route::Control(id(one)?, control),
            None => return Err(no_route(path)),
        },
        _ => return Err(no_route(path)),
    };
    match query {
        Some(query) if !query.is_empty() => {
            Err(refusal(400, format!("`{query}`: this route takes no query")))
        }
        _ => Ok(route),
    }
}

fn control(word: &str) -> Option<Control> {
    Some(match word {
        "cancel" => Control::Cancel,
        "kill" => Control::Kill,
        "pause" => Control::Pause,
        "resume" => Control::Resume,
        "purge" => Control::Purge,
        "purge-journal" => Control::PurgeJournal,
        _ => return None,
    })
}

/// All invocations at once only by saying so.
fn many(control: Control, filter: Filter) -> Result<Many, TerminalError> {
    if filter == Filter::default() {
        let message = "this would be done with every invocation; name some by `service=`, `key=`, \
                       `handler=`, `status=` or `older_than=`, or say how many with `limit=`";
        return Err(refusal(400, message));
    }
    Ok(Many { control, filter })
}

fn filter(query: Option<&str>) -> Result<Filter, TerminalError> {
    let mut filter = Filter::default();
    for pair in query.into_iter().flat_map(|query| query.split('&')).filter(|it| !it.is_empty()) {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        filter.set(name, &decode(value)?)?;
    }
    Ok(filter)
}

/// The scope that a query names, if it names one.
fn scope(query: Option<&str>) -> Result<Option<Arc<str>>, TerminalError> {
    match query.filter(|query| !query.is_empty()) {
        None => Ok(None),
        Some(query) => match query.strip_prefix("scope=").map(decode).transpose()? {
            Some(scope) if is_level(&scope) => Ok(Some((*scope).into())),
            _ => Err(refusal(400, format!("`{query}` is not of the form `scope=orders`"))),
        },
    }
}

fn id(text: &str) -> Result<InvocationId, TerminalError> {
    text.parse().map_err(|error| refusal(400, format!("`{text}`: {error}")))
}

fn no_route(path: &str) -> TerminalError {
    let message = format!(
        "`{path}` leads nowhere; there are /services, /invocations, /limits/rules, /query, \
         /openapi, /health, /ready and /version"
    );
    refusal(404, message)
}

use std::{borrow::Cow, sync::Arc, time::Duration};

use restate_core::TerminalError;

use crate::{
    engine::handle::EngineHandle,
    http::{
        duration,
        percent::{decode, segments},
        refusal::refusal,
    },
    machine::InvocationRef,
    model::{
        id::{InvocationId, parse_awakeable},
        keys::check_idempotency_key,
        rules::is_level,
        target::Target,
    },
};

/// What a request to the ingress asks for.
#[derive(Debug, PartialEq)]
pub(super) enum IngressRoute {
    /// Whether the ingress answers.
    Health,
    /// Invoke a handler and wait for its result.
    Call { target: Target },
    /// Invoke a handler, now or later.
    Send { target: Target, delay: Option<Duration> },
    /// Wait for the result of an invocation.
    Attach(InvocationRef),
    /// The result of an invocation that is complete.
    Output(InvocationRef),
    /// The id of the invocation that the body names.
    Lookup,
    /// Complete an awakeable: the signal of this invocation with this number.
    Awakeable { id: InvocationId, signal: u32, action: CompletionAction },
    /// Complete a signal of an invocation by its name.
    Signal { id: InvocationId, name: String, action: CompletionAction },
}

/// How an awakeable or a signal is completed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum CompletionAction {
    /// With the request's body as its value.
    Resolve,
    /// With a failure from the request's body.
    Reject,
}

/// What `path` and `query` ask for.
///
/// # Errors
///
/// Code 404 for a route, service or handler that does not exist, 400 for a malformed one.
pub(super) fn route(
    engine: &EngineHandle,
    path: &str,
    query: Option<&str>,
) -> Result<IngressRoute, TerminalError> {
    // As a Restate server does. A double slash inside is an empty segment: the key that is empty, which
    // a server accepts, and which is refused here, because it comes from a variable that is not set.
    let segments = segments(path.trim_matches('/'))?;
    let segments: Vec<&str> = segments.iter().map(|segment| &**segment).collect();
    match &*segments {
        ["restate", rest @ ..] => reserved(engine, rest, path, query),
        [service, rest @ ..] if !rest.is_empty() => {
            let (address, send) = match rest {
                // `/Service/send` calls a handler with the name `send`.
                [address @ .., "send"] if !address.is_empty() => (address, true),
                _ => (rest, false),
            };
            // `/Object/key/send` calls one, too, if the object has it.
            match target(engine, service, address) {
                Err(_) if send && target(engine, service, rest).is_ok() => {
                    invocation(target(engine, service, rest)?, false, query)
                }
                found => invocation(found?, send, query),
            }
        }
        _ => Err(no_route(path)),
    }
}

fn reserved(
    engine: &EngineHandle,
    segments: &[&str],
    path: &str,
    query: Option<&str>,
) -> Result<IngressRoute, TerminalError> {
    match segments {
        ["health"] => Ok(IngressRoute::Health),
        ["scope", scope, "call", service, rest @ ..] => {
            invocation(scoped(engine, scope, service, rest)?, false, query)
        }
        ["scope", scope, "send", service, rest @ ..] => {
            invocation(scoped(engine, scope, service, rest)?, true, query)
        }
        ["call", service, rest @ ..] => invocation(target(engine, service, rest)?, false, query),
        ["send", service, rest @ ..] => invocation(target(engine, service, rest)?, true, query),
        ["attach", id] | ["invocation", id, "attach"] => Ok(IngressRoute::Attach(by_id(id)?)),
        ["output", id] | ["invocation", id, "output"] => Ok(IngressRoute::Output(by_id(id)?)),
        ["lookup"] => Ok(IngressRoute::Lookup),
        ["workflow", service, key, "attach"] => {
            Ok(IngressRoute::Attach(workflow(engine, service, key)?))
        }
        ["workflow", service, key, "output"] => {
            Ok(IngressRoute::Output(workflow(engine, service, key)?))
        }
        ["awakeables" | "a", id, "resolve"] => awakeable(id, CompletionAction::Resolve),
        ["awakeables" | "a", id, "reject"] => awakeable(id, CompletionAction::Reject),
        ["signals", id, name, "resolve"] => signal(id, name, CompletionAction::Resolve),
        ["signals", id, name, "reject"] => signal(id, name, CompletionAction::Reject),
        ["invocation", service, rest @ .., key, "attach"] => {
            Ok(IngressRoute::Attach(by_idempotency_key(engine, service, rest, key)?))
        }
        ["invocation", service, rest @ .., key, "output"] => {
            Ok(IngressRoute::Output(by_idempotency_key(engine, service, rest, key)?))
        }
        _ => Err(no_route(path)),
    }
}

fn invocation(
    target: Target,
    send: bool,
    query: Option<&str>,
) -> Result<IngressRoute, TerminalError> {
    match (send, parameter(query, "delay")?) {
        (true, delay) => {
            let delay = delay.map(|text| duration::parse(&text)).transpose()?;
            Ok(IngressRoute::Send { target, delay })
        }
        (false, None) => Ok(IngressRoute::Call { target }),
        (false, Some(_)) => Err(refusal(
            400,
            "a call cannot have a `delay`, as its client waits for the result; add `/send` to the path",
        )),
    }
}

/// The value of a parameter in a query.
pub(super) fn parameter<'a>(
    query: Option<&'a str>,
    name: &str,
) -> Result<Option<Cow<'a, str>>, TerminalError> {
    let pairs = query.into_iter().flat_map(|query| query.split('&'));
    // A parameter without a value is an empty one, which every parameter refuses.
    let mut pairs = pairs.map(|pair| pair.split_once('=').unwrap_or((pair, "")));
    let value = pairs.find(|(found, _)| *found == name);
    value.map(|(_, value)| decode(value)).transpose()
}

/// Checks the name of a scope.
pub(in crate::http) fn scope(text: &str) -> Result<Arc<str>, TerminalError> {
    if is_level(text) {
        return Ok(text.into());
    }
    Err(refusal(
        400,
        format!("scope `{text}` is invalid; it has 1 to 36 letters, digits, `_`, `.` or `-`"),
    ))
}

/// The handler that `[key, handler]` or `[handler]` name.
fn target(engine: &EngineHandle, service: &str, rest: &[&str]) -> Result<Target, TerminalError> {
    let (key, handler) = match rest {
        [handler] => (None, handler),
        [key, handler] => (Some(*key), handler),
        _ => return Err(no_route(&format!("/{service}/{}", rest.join("/")))),
    };
    public(engine, service, key, handler)
}

/// The handler with these names, if those outside may call it.
///
/// # Errors
///
/// Code 404 for one that does not exist, 400 for one that is private, and for a wrong key.
pub(in crate::http) fn public(
    engine: &EngineHandle,
    service: &str,
    key: Option<&str>,
    handler: &str,
) -> Result<Target, TerminalError> {
    let (target, _) = engine.resolve(service, key, handler)?;
    if engine.catalog().settings(&target).private == Some(true) {
        let message = format!("`{service}/{handler}` is private; only handlers can call it");
        return Err(refusal(400, message));
    }
    Ok(target)
}

/// The handler that `[key, handler]` or `[handler]` name, in a scope.
fn scoped(
    engine: &EngineHandle,
    scope: &str,
    service: &str,
    rest: &[&str],
) -> Result<Target, TerminalError> {
    engine.catalog().within(target(engine, service, rest)?, Some(self::scope(scope)?))
}

/// The invocation of this id.
///
/// # Errors
///
/// Code 400 for what is not an invocation id.
pub(super) fn by_id(id: &str) -> Result<InvocationRef, TerminalError> {
    id.parse().map(InvocationRef::Id).map_err(|error| refusal(400, format!("`{id}`: {error}")))
}

fn awakeable(id: &str, action: CompletionAction) -> Result<IngressRoute, TerminalError> {
    let (id, signal) =
        parse_awakeable(id).map_err(|error| refusal(400, format!("`{id}`: {error}")))?;
    Ok(IngressRoute::Awakeable { id, signal, action })
}

fn signal(id: &str, name: &str, action: CompletionAction) -> Result<IngressRoute, TerminalError> {
    let id = id.parse().map_err(|error| refusal(400, format!("`{id}`: {error}")))?;
    Ok(IngressRoute::Signal { id, name: name.to_owned(), action })
}

/// The `run` of a workflow.
///
/// # Errors
///
/// Code 404 for a service that is not bound, 400 for one that is not a workflow.
pub(super) fn workflow(
    engine: &EngineHandle,
    name: &str,
    key: &str,
) -> Result<InvocationRef, TerminalError> {
    engine.resolve_workflow(name, key).map(InvocationRef::Workflow)
}

pub(super) fn by_idempotency_key(
    engine: &EngineHandle,
    service: &str,
    rest: &[&str],
    key: &str,
) -> Result<InvocationRef, TerminalError> {
    idempotency_key(key)?;
    Ok(InvocationRef::Idempotent(target(engine, service, rest)?, key.into()))
}

/// Checks an idempotency key.
pub(super) fn idempotency_key(key: &str) -> Result<&str, TerminalError> {
    if key.is_empty() {
        return Err(refusal(400, "the idempotency key is empty; set it, or remove it"));
    }
    check_idempotency_key(key)?;
    Ok(key)
}

fn no_route(path: &str) -> TerminalError {
    let message = format!(
        "no such route: `{path}`; handlers are called at /{{service}}/{{handler}} and \
         /{{object}}/{{key}}/{{handler}}, one-way with /send at the end"
    );
    refusal(404, message)
}

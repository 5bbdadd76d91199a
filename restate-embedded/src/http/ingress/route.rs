use std::{borrow::Cow, sync::Arc, time::Duration};

use restate_core::TerminalError;

use crate::{
    engine::handle::{LONGEST_KEY, Port},
    http::duration,
    machine::InvocationRef,
    model::{
        id::{InvocationId, parse_awakeable},
        rules::is_level,
        target::{Object, Target},
    },
};

/// What a request asks for.
#[derive(Debug, PartialEq)]
pub(super) enum Route {
    /// Whether the ingress is there.
    Health,
    /// Invoke a handler and wait for its result.
    Call { target: Target },
    /// Invoke a handler, now or later.
    Send { target: Target, delay: Option<Duration> },
    /// Wait for a result.
    Attach(InvocationRef),
    /// Look at a result.
    Output(InvocationRef),
    /// Tell the id of an invocation that the body describes.
    Lookup,
    /// Complete the awakeable that this signal of an invocation stands for.
    Awakeable { id: InvocationId, signal: u32, outcome: Outcome },
}

/// How an awakeable is completed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Outcome {
    /// With the request's body.
    Resolve,
    /// With a failure, whose message is the request's body.
    Reject,
}

/// What `path` and `query` ask for.
///
/// # Errors
///
/// Code 404 for what does not exist, 400 for what cannot be understood.
pub(super) fn route(port: &Port, path: &str, query: Option<&str>) -> Result<Route, TerminalError> {
    let segments = segments(path)?;
    let segments: Vec<&str> = segments.iter().map(|segment| &**segment).collect();
    match &*segments {
        ["restate", rest @ ..] => reserved(port, rest, path, query),
        [service, rest @ ..] if !rest.is_empty() => {
            let (address, send) = match rest {
                // `/Service/send` is a handler of that name.
                [address @ .., "send"] if !address.is_empty() => (address, true),
                _ => (rest, false),
            };
            // An object's handler may be called `send`, too: `/Object/key/send`.
            match target(port, service, address) {
                Err(_) if send && target(port, service, rest).is_ok() => {
                    invocation(target(port, service, rest)?, false, query)
                }
                found => invocation(found?, send, query),
            }
        }
        _ => Err(no_route(path)),
    }
}

fn reserved(
    port: &Port,
    segments: &[&str],
    path: &str,
    query: Option<&str>,
) -> Result<Route, TerminalError> {
    match segments {
        ["health"] => Ok(Route::Health),
        ["scope", scope, "call", service, rest @ ..] => {
            invocation(scoped(port, scope, service, rest)?, false, query)
        }
        ["scope", scope, "send", service, rest @ ..] => {
            invocation(scoped(port, scope, service, rest)?, true, query)
        }
        ["call", service, rest @ ..] => invocation(target(port, service, rest)?, false, query),
        ["send", service, rest @ ..] => invocation(target(port, service, rest)?, true, query),
        ["attach", id] | ["invocation", id, "attach"] => Ok(Route::Attach(by_id(id)?)),
        ["output", id] | ["invocation", id, "output"] => Ok(Route::Output(by_id(id)?)),
        ["lookup"] => Ok(Route::Lookup),
        ["workflow", service, key, "attach"] => Ok(Route::Attach(workflow(port, service, key)?)),
        ["workflow", service, key, "output"] => Ok(Route::Output(workflow(port, service, key)?)),
        ["awakeables" | "a", id, "resolve"] => awakeable(id, Outcome::Resolve),
        ["awakeables" | "a", id, "reject"] => awakeable(id, Outcome::Reject),
        ["invocation", service, rest @ .., key, "attach"] => {
            Ok(Route::Attach(by_idempotency_key(port, service, rest, key)?))
        }
        ["invocation", service, rest @ .., key, "output"] => {
            Ok(Route::Output(by_idempotency_key(port, service, rest, key)?))
        }
        _ => Err(no_route(path)),
    }
}

fn invocation(target: Target, send: bool, query: Option<&str>) -> Result<Route, TerminalError> {
    match (send, parameter(query, "delay")?) {
        (true, delay) => {
            let delay = delay.map(|text| duration::parse(&text)).transpose()?;
            Ok(Route::Send { target, delay })
        }
        (false, None) => Ok(Route::Call { target }),
        (false, Some(_)) => Err(refusal(
            400,
            "`delay` is for sends, nobody waits that long for a call; add `/send` to the path",
        )),
    }
}

/// The value of a parameter in a query.
pub(super) fn parameter<'a>(
    query: Option<&'a str>,
    name: &str,
) -> Result<Option<Cow<'a, str>>, TerminalError> {
    let pairs = query.into_iter().flat_map(|query| query.split('&'));
    let value = pairs.filter_map(|pair| pair.split_once('=')).find(|(found, _)| *found == name);
    value.map(|(_, value)| decode(value)).transpose()
}

/// Checks a scope.
pub(super) fn scope(text: &str) -> Result<Arc<str>, TerminalError> {
    if is_level(text) {
        return Ok(text.into());
    }
    Err(refusal(400, format!("scope `{text}` is not 1 to 36 letters, digits, `_`, `.` and `-`")))
}

/// The handler that `[key, handler]` or `[handler]` name.
fn target(port: &Port, service: &str, rest: &[&str]) -> Result<Target, TerminalError> {
    let (key, handler) = match rest {
        [handler] => (None, handler),
        [key, handler] => (Some(*key), handler),
        _ => return Err(no_route(&format!("/{service}/{}", rest.join("/")))),
    };
    let (target, _) = port.resolve(service, key, handler)?;
    if port.catalog.settings(&target).private == Some(true) {
        let message = format!("`{service}/{handler}` is private; only other handlers can call it");
        return Err(refusal(400, message));
    }
    Ok(target)
}

/// The handler that `[key, handler]` or `[handler]` name, in a scope.
fn scoped(port: &Port, scope: &str, service: &str, rest: &[&str]) -> Result<Target, TerminalError> {
    port.catalog.within(target(port, service, rest)?, Some(self::scope(scope)?))
}

/// The invocation of this id.
///
/// # Errors
///
/// Code 400 for what is no id.
pub(super) fn by_id(id: &str) -> Result<InvocationRef, TerminalError> {
    id.parse().map(InvocationRef::Id).map_err(|error| refusal(400, format!("`{id}`: {error}")))
}

fn awakeable(id: &str, outcome: Outcome) -> Result<Route, TerminalError> {
    let (id, signal) =
        parse_awakeable(id).map_err(|error| refusal(400, format!("`{id}`: {error}")))?;
    Ok(Route::Awakeable { id, signal, outcome })
}

/// The `run` of a workflow.
///
/// # Errors
///
/// Code 404 for what is not bound, 400 for what is no workflow.
pub(super) fn workflow(port: &Port, name: &str, key: &str) -> Result<InvocationRef, TerminalError> {
    let workflow = Object::new(name.to_owned(), key);
    match (port.catalog.descriptor(name), port.catalog.workflow_run(&workflow)) {
        (_, Some(run)) => {
            port.resolve(name, Some(key), &run.handler)?;
            Ok(InvocationRef::Workflow(workflow))
        }
        (None, _) => Err(refusal(404, format!("there is no service `{name}`"))),
        (Some(_), None) => {
            let message = format!("`{name}` is no workflow; name the invocation by its id");
            Err(refusal(400, message))
        }
    }
}

pub(super) fn by_idempotency_key(
    port: &Port,
    service: &str,
    rest: &[&str],
    key: &str,
) -> Result<InvocationRef, TerminalError> {
    idempotency_key(key)?;
    Ok(InvocationRef::Idempotent(target(port, service, rest)?, key.into()))
}

/// Checks an idempotency key.
pub(super) fn idempotency_key(key: &str) -> Result<&str, TerminalError> {
    match key.len() {
        0 => Err(refusal(400, "the idempotency key is empty; leave the header out, or set it")),
        length if length > LONGEST_KEY => Err(refusal(
            400,
            format!("the idempotency key has {length} bytes; at most {LONGEST_KEY} are allowed"),
        )),
        _ => Ok(key),
    }
}

/// The parts of a path between slashes, decoded one by one, so that no `%2F` splits them.
pub(crate) fn segments(path: &str) -> Result<Vec<Cow<'_, str>>, TerminalError> {
    path.strip_prefix('/').unwrap_or(path).split('/').map(decode).collect()
}

/// Replaces `%XX` by the bytes that they stand for.
pub(crate) fn decode(text: &str) -> Result<Cow<'_, str>, TerminalError> {
    if !text.contains('%') {
        return Ok(Cow::Borrowed(text));
    }
    let invalid = |what| refusal(400, format!("`{text}` in the path {what}"));
    let mut decoded = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((&byte, after)) = rest.split_first() {
        if byte != b'%' {
            decoded.push(byte);
            rest = after;
            continue;
        }
        let digits = after.get(..2).and_then(|digits| std::str::from_utf8(digits).ok());
        let byte = digits
            .filter(|digits| digits.bytes().all(|digit| digit.is_ascii_hexdigit()))
            .and_then(|digits| u8::from_str_radix(digits, 16).ok())
            .ok_or_else(|| invalid("has a `%` without two hexadecimal digits"))?;
        decoded.push(byte);
        rest = &after[2..];
    }
    let decoded = String::from_utf8(decoded).map_err(|_| invalid("is not UTF-8"))?;
    Ok(Cow::Owned(decoded))
}

fn no_route(path: &str) -> TerminalError {
    let message = format!(
        "`{path}` leads nowhere; call /{{service}}/{{handler}} or /{{object}}/{{key}}/{{handler}}, \
         with /send behind it to go without the result"
    );
    refusal(404, message)
}

fn refusal(code: u16, message: impl Into<String>) -> TerminalError {
    TerminalError::with_code(code, message)
}

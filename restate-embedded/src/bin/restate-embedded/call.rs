//! Calls of handlers, with requests that are checked against the contract before they are sent.

use std::{fs, io::Read as _};

use serde_json::{Value, json};

use crate::{
    admin::{Answer, Method},
    arguments::Request,
    engine_address::EngineAddress,
    failure::{Cause, Failure},
    schema,
};

/// Calls a handler. Returns its result and the id of the invocation.
pub(crate) fn call(engine: &EngineAddress, request: &Request) -> Result<Value, Failure> {
    let answer = send_to(engine, request, None)?;
    let result = match serde_json::from_slice(&answer.body) {
        Ok(result) => result,
        Err(_) if answer.body.is_empty() => Value::Null,
        Err(_) => String::from_utf8_lossy(&answer.body).into(),
    };
    Ok(json!({ "invocation_id": answer.header("x-restate-id"), "result": result }))
}

/// Has a handler called, now or after a delay. Returns what the ingress answers.
pub(crate) fn send(
    engine: &EngineAddress,
    request: &Request,
    delay: Option<&str>,
) -> Result<Value, Failure> {
    let answer = send_to(engine, request, Some(delay))?;
    serde_json::from_slice(&answer.body)
        .map_err(|_| Failure::new(Cause::Unreachable, "what answers there is not an ingress"))
}

/// Sends a request to the ingress: a call, or a send with or without a delay.
fn send_to(
    engine: &EngineAddress,
    request: &Request,
    send: Option<Option<&str>>,
) -> Result<Answer, Failure> {
    let target = Target::parse(&request.target)?;
    let service = engine.admin()?.request(Method::Get, &["services", target.service], &[], b"")?;
    let handler = target.handler_in(&service)?;
    let body = read(request.body.as_deref())?;
    let (content_type, body) = checked(&target, handler, body)?;
    let ingress = engine.ingress(&request.ingress, request.ingress_token_file.as_deref())?;
    let mut path = vec![target.service];
    path.extend(target.key);
    path.push(target.handler);
    path.extend(send.map(|_| "send"));
    let query: Vec<String> =
        send.flatten().map(|delay| format!("delay={delay}")).into_iter().collect();
    let mut headers = vec![("accept", "application/json")];
    headers.extend(content_type.map(|it| ("content-type", it)));
    headers.extend(request.idempotency_key.as_deref().map(|key| ("idempotency-key", key)));
    ingress.ask(Method::Post, &path, &query, &headers, &body)
}

/// The names of a handler, and its key if there is one.
struct Target<'a> {
    service: &'a str,
    key: Option<&'a str>,
    handler: &'a str,
}

impl<'a> Target<'a> {
    /// Reads `Service/handler` or `Service/key/handler`; the key may have slashes.
    fn parse(text: &'a str) -> Result<Self, Failure> {
        let malformed = || {
            let message = format!(
                "`{text}` is not a handler; write `Service/handler`, or for objects and workflows \
                 `Service/key/handler`"
            );
            Failure::new(Cause::Invalid, message)
        };
        let (service, rest) = text.split_once('/').ok_or_else(malformed)?;
        let (key, handler) = match rest.rsplit_once('/') {
            Some((key, handler)) => (Some(key), handler),
            None => (None, rest),
        };
        match service.is_empty() || handler.is_empty() || key == Some("") {
            true => Err(malformed()),
            false => Ok(Self { service, key, handler }),
        }
    }

    fn handler_in<'s>(&self, service: &'s Value) -> Result<&'s Value, Failure> {
        let (name, wanted) = (self.service, self.handler);
        let handlers = service["handlers"].as_array().map(Vec::as_slice).unwrap_or_default();
        let names = handlers.iter().filter_map(|handler| handler["name"].as_str());
        let names = names.collect::<Vec<_>>().join("`, `");
        let found = handlers.iter().find(|handler| handler["name"] == wanted).ok_or_else(|| {
            let message = format!("`{name}` has no handler `{wanted}`; it has `{names}`");
            Failure::new(Cause::NotFound, message)
        })?;
        match (service["ty"] == "Service", self.key) {
            (true, Some(_)) => {
                let message = format!("`{name}` has no keys; call it as `{name}/{wanted}`");
                Err(Failure::new(Cause::Invalid, message))
            }
            (false, None) => {
                let message = format!("`{name}` has keys; call it as `{name}/KEY/{wanted}`");
                Err(Failure::new(Cause::Invalid, message))
            }
            _ => Ok(found),
        }
    }
}

/// The body that an argument names.
fn read(argument: Option<&str>) -> Result<Option<Vec<u8>>, Failure> {
    Ok(match argument {
        None => None,
        Some("-") => {
            let mut body = Vec::new();
            let read = std::io::stdin().read_to_end(&mut body);
            read.map_err(|error| format!("standard input cannot be read: {error}"))?;
            Some(body)
        }
        Some(text) => match text.strip_prefix('@') {
            Some(file) => {
                Some(fs::read(file).map_err(|error| format!("`{file}` cannot be read: {error}"))?)
            }
            None => Some(text.as_bytes().to_vec()),
        },
    })
}

/// The content type and the body of a request, which fits the contract of the handler.
fn checked(
    target: &Target<'_>,
    handler: &Value,
    body: Option<Vec<u8>>,
) -> Result<(Option<&'static str>, Vec<u8>), Failure> {
    let name = format!("{}/{}", target.service, target.handler);
    let wrong = |message: String| Err(Failure::new(Cause::Invalid, message));
    let types = handler["input"].as_array().map(Vec::as_slice).unwrap_or_default();
    if types.is_empty() {
        return match body {
            Some(_) => wrong(format!("`{name}` takes no request; leave it out")),
            None => Ok((None, Vec::new())),
        };
    }
    if !types.iter().any(|it| it == "application/json" || it == "*/*") {
        return Ok((Some("application/octet-stream"), body.unwrap_or_default()));
    }
    let Some(body) = body else {
        // An empty body is an empty message.
        return match types.iter().any(|it| it == "application/proto") {
            true => Ok((None, Vec::new())),
            false => wrong(format!("`{name}` takes a request; add it as JSON")),
        };
    };
    let value: Value = match serde_json::from_slice(&body) {
        Ok(value) => value,
        Err(error) => return wrong(format!("the request is not JSON: {error}")),
    };
    match schema::check(&value, &handler["input_json_schema"]) {
        Ok(()) => Ok((Some("application/json"), body)),
        Err(reason) => {
            let service = target.service;
            wrong(format!(
                "the request does not fit the contract of `{name}`: {reason}; `services {service} --json` \
                 shows its schema"
            ))
        }
    }
}

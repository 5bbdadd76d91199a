use std::{sync::Arc, time::Duration};

use bytes::Bytes;
use hyper::{
    HeaderMap, Request,
    header::{
        CONNECTION, CONTENT_LENGTH, CONTENT_TYPE, EXPECT, HOST, HeaderName, TE, TRANSFER_ENCODING,
        UPGRADE,
    },
};
use restate_core::{
    Encoding, Format, TerminalError,
    contract::{HandlerDescriptor, HandlerKind},
    wire::protocol::Header,
};

use super::route;
use crate::{
    engine::handle::InvokeRequest,
    http::{
        body::{BodyLimits, RequestBody as Body, collect},
        refusal::refusal,
    },
    model::{catalog::Catalog, rules::is_limit_key, target::Target},
};

const IDEMPOTENCY_KEY: HeaderName = HeaderName::from_static("idempotency-key");
const LIMIT_KEY: HeaderName = HeaderName::from_static("x-restate-limit-key");

/// Headers between the client and the ingress, which handlers do not see: those of the connection,
/// and those that the ingress itself reads.
const HOP_BY_HOP: [HeaderName; 8] =
    [CONNECTION, CONTENT_LENGTH, EXPECT, HOST, TE, TRANSFER_ENCODING, UPGRADE, IDEMPOTENCY_KEY];

/// Start of the names of headers that only an engine may set, so that handlers can rely on them, such
/// as on `x-restate-ingress-path`. The ingress reads those of a request and passes none on.
const RESERVED: &str = "x-restate-";

/// Reads a request for `target`, and checks it before anything is stored.
///
/// # Errors
///
/// Code 400 for invalid headers or an invalid body, 413 for a body over the limit, 415 for a
/// content type that the handler does not accept.
pub(super) async fn read(
    request: Request<Body>,
    target: Target,
    delay: Option<Duration>,
    catalog: &Catalog,
    bodies: &BodyLimits,
) -> Result<InvokeRequest, TerminalError> {
    let (parts, body) = request.into_parts();
    let idempotency_key = idempotency_key(&parts.headers)?;
    let idempotency_key =
        idempotency_key.map(|key| check_key(key, &target, catalog)).transpose()?;
    let limit_key = limit_key(&parts.headers, parts.uri.query(), &target)?;
    let headers = headers(&parts.headers, parts.uri.path())?;
    let body = collect(body, bodies).await?;
    let (headers, body) = match catalog.handler(&target) {
        Some(handler) => accept(handler, headers, body)?,
        None => (headers, body),
    };
    Ok(InvokeRequest { target, idempotency_key, limit_key, headers, body, delay })
}

/// A request as its handler takes it: as it is, unless a contract tells how one of another program is to get it.
///
/// # Errors
///
/// Code 400 for an invalid body, 415 for a content type that the handler does not accept.
pub(in crate::http) fn accept(
    handler: &HandlerDescriptor,
    mut headers: Vec<Header>,
    body: Bytes,
) -> Result<(Vec<Header>, Bytes), TerminalError> {
    let content_type =
        headers.iter().find(|header| header.key == CONTENT_TYPE.as_str()).map(|it| &*it.value);
    let Some(remote) = handler.remote() else {
        check_body(handler, content_type, &body)?;
        return Ok((headers, body));
    };
    let request = remote.request(content_type, body)?;
    headers.retain(|header| header.key != CONTENT_TYPE.as_str());
    if let Some(content_type) = request.content_type {
        headers.push(Header { key: CONTENT_TYPE.to_string(), value: content_type.to_owned() });
    }
    Ok((headers, request.body))
}

/// Checks that a handler can read this request.
fn check_body(
    handler: &HandlerDescriptor,
    content_type: Option<&str>,
    body: &Bytes,
) -> Result<(), TerminalError> {
    if handler.description().is_some() {
        return handler.check_request(content_type, body.clone());
    }
    let format = handler.input();
    let Some(encoding) = format.encoding(content_type, body) else {
        let code = if format == Format::Empty { 400 } else { 415 };
        return Err(refusal(code, format.unsupported(content_type)));
    };
    // Nothing is an empty message; a value of another type cannot be empty.
    if encoding == Encoding::Json && body.is_empty() && format != Format::Message {
        return Err(refusal(400, "the body is empty; this handler expects JSON, at least `{}`"));
    }
    // Nothing is stored that no attempt could read.
    handler.check_request(content_type, body.clone())
}

fn idempotency_key(headers: &HeaderMap) -> Result<Option<&str>, TerminalError> {
    let Some(value) = headers.get(IDEMPOTENCY_KEY) else { return Ok(None) };
    let key = value.to_str();
    key.map(Some)
        .map_err(|_| refusal(400, "the idempotency key has characters other than visible ASCII"))
}

/// Checks the idempotency key of a call.
pub(in crate::http) fn check_key(
    key: &str,
    target: &Target,
    catalog: &Catalog,
) -> Result<Arc<str>, TerminalError> {
    if catalog.kind(target) == Some(HandlerKind::Run) {
        let message = "a workflow runs once for each key; remove the idempotency key";
        return Err(refusal(400, message));
    }
    Ok(route::idempotency_key(key)?.into())
}

/// The limit key of the call, from its header or else from the query.
fn limit_key(
    headers: &HeaderMap,
    query: Option<&str>,
    target: &Target,
) -> Result<Option<Arc<str>>, TerminalError> {
    let key = match headers.get(LIMIT_KEY) {
        Some(value) => String::from_utf8_lossy(value.as_bytes()).into_owned(),
        None => match route::parameter(query, "limit-key")? {
            Some(key) => key.into_owned(),
            None => return Ok(None),
        },
    };
    check_limit_key(&key, target).map(Some)
}

/// Checks the limit key of a call.
pub(in crate::http) fn check_limit_key(
    key: &str,
    target: &Target,
) -> Result<Arc<str>, TerminalError> {
    if !is_limit_key(key) {
        let message =
            "is invalid; it has one or two levels of 1 to 36 letters, digits, `_`, `.` or `-`";
        return Err(refusal(400, format!("the limit key `{key}` {message}")));
    }
    if target.scope.is_none() {
        let message = "needs a scope; call /restate/scope/{scope}/call/.. or remove the limit key";
        return Err(refusal(400, format!("the limit key `{key}` {message}")));
    }
    Ok(key.into())
}

fn headers(headers: &HeaderMap, path: &str) -> Result<Vec<Header>, TerminalError> {
    let mut kept = Vec::with_capacity(headers.len() + 1);
    for (name, value) in headers {
        if HOP_BY_HOP.contains(name) || name.as_str().starts_with(RESERVED) {
            continue;
        }
        let value = std::str::from_utf8(value.as_bytes())
            .map_err(|_| refusal(400, format!("header `{name}` is not UTF-8")))?;
        kept.push(Header { key: name.as_str().to_owned(), value: value.to_owned() });
    }
    kept.push(Header { key: "x-restate-ingress-path".to_owned(), value: path.to_owned() });
    Ok(kept)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn handlers_see_no_restate_header_of_a_client() {
        let mut sent = HeaderMap::new();
        for name in ["x-restate-ingress-path", "x-restate-id", "x-tenant", "x-restate-limit-key"] {
            sent.insert(name, "forged".parse().unwrap());
        }
        let kept = headers(&sent, "/Worker/echo").unwrap();
        let kept: Vec<_> = kept.iter().map(|it| (it.key.as_str(), it.value.as_str())).collect();
        assert_eq!(kept, [("x-tenant", "forged"), ("x-restate-ingress-path", "/Worker/echo")]);
    }
}

use std::{sync::Arc, time::Duration};

use bytes::Bytes;
use http_body_util::{BodyExt as _, LengthLimitError, Limited};
use hyper::{
    HeaderMap, Request,
    body::{Body as _, Incoming as Body},
    header::{
        CONNECTION, CONTENT_LENGTH, CONTENT_TYPE, EXPECT, HOST, HeaderName, TE, TRANSFER_ENCODING,
        UPGRADE,
    },
};
use restate_core::{
    Encoding, Format, TerminalError, contract::HandlerKind, wire::protocol::Header,
};

use super::route;
use crate::{
    engine::handle::Incoming,
    model::{catalog::Catalog, rules::is_limit_key, target::Target},
};

const IDEMPOTENCY_KEY: HeaderName = HeaderName::from_static("idempotency-key");
const LIMIT_KEY: HeaderName = HeaderName::from_static("x-restate-limit-key");

/// Headers that are between the client and the ingress.
const HOP_BY_HOP: [HeaderName; 9] = [
    CONNECTION,
    CONTENT_LENGTH,
    EXPECT,
    HOST,
    TE,
    TRANSFER_ENCODING,
    UPGRADE,
    IDEMPOTENCY_KEY,
    LIMIT_KEY,
];

/// Reads a request for `target`, and checks what can be checked before it is accepted.
///
/// # Errors
///
/// Code 400 for headers or a body that make no sense, 413 for a body over the limit, 415 for a
/// content type that the handler does not take.
pub(super) async fn read(
    request: Request<Body>,
    target: Target,
    delay: Option<Duration>,
    catalog: &Catalog,
    body_limit: usize,
) -> Result<Incoming, TerminalError> {
    let (parts, body) = request.into_parts();
    let idempotency_key = idempotency_key(&parts.headers)?;
    if idempotency_key.is_some() && catalog.kind(&target) == Some(HandlerKind::Run) {
        let message = "a workflow runs once for its key; leave the idempotency key out";
        return Err(refusal(400, message));
    }
    let limit_key = limit_key(&parts.headers, parts.uri.query(), &target)?;
    let headers = headers(&parts.headers, parts.uri.path())?;
    let body = collect(body, body_limit).await?;
    let content_type =
        headers.iter().find(|header| header.key == CONTENT_TYPE.as_str()).map(|it| &*it.value);
    if let Some(handler) = catalog.handler(&target) {
        check_body(handler.input(), content_type, &body)?;
    }
    Ok(Incoming { target, idempotency_key, limit_key, headers, body, delay })
}

fn check_body(
    format: Format,
    content_type: Option<&str>,
    body: &Bytes,
) -> Result<(), TerminalError> {
    let Some(encoding) = format.encoding(content_type, body) else {
        let code = if format == Format::Empty { 400 } else { 415 };
        return Err(refusal(code, format.unsupported(content_type)));
    };
    if encoding == Encoding::Json && body.is_empty() {
        return Err(refusal(400, "the body is empty; this handler needs JSON, at least `{}`"));
    }
    Ok(())
}

fn idempotency_key(headers: &HeaderMap) -> Result<Option<Arc<str>>, TerminalError> {
    let Some(value) = headers.get(IDEMPOTENCY_KEY) else { return Ok(None) };
    let key = value.to_str().map_err(|_| {
        refusal(400, "the idempotency key has characters that are not visible ASCII")
    })?;
    Ok(Some(route::idempotency_key(key)?.into()))
}

/// What the call counts against in its scope: named by a header, or else in the query.
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
    if !is_limit_key(&key) {
        let message = "is not one or two levels of 1 to 36 letters, digits, `_.-`";
        return Err(refusal(400, format!("the limit key `{key}` {message}")));
    }
    if target.scope.is_none() {
        let message = "needs a scope; call /restate/scope/{scope}/call/.. or leave it out";
        return Err(refusal(400, format!("the limit key `{key}` {message}")));
    }
    Ok(Some(key.into()))
}

fn headers(headers: &HeaderMap, path: &str) -> Result<Vec<Header>, TerminalError> {
    let mut kept = Vec::with_capacity(headers.len() + 1);
    for (name, value) in headers {
        if HOP_BY_HOP.contains(name) {
            continue;
        }
        let value = std::str::from_utf8(value.as_bytes())
            .map_err(|_| refusal(400, format!("header `{name}` is not UTF-8")))?;
        kept.push(Header { key: name.as_str().to_owned(), value: value.to_owned() });
    }
    kept.push(Header { key: "x-restate-ingress-path".to_owned(), value: path.to_owned() });
    Ok(kept)
}

pub(crate) async fn collect(body: Body, limit: usize) -> Result<Bytes, TerminalError> {
    let too_long =
        || refusal(413, format!("the body is longer than {limit} bytes, the limit of this engine"));
    let announced = body.size_hint().lower();
    if usize::try_from(announced).map_or(true, |announced| announced > limit) {
        return Err(too_long());
    }
    match Limited::new(body, limit).collect().await {
        Ok(body) => Ok(body.to_bytes()),
        Err(error) if error.is::<LengthLimitError>() => Err(too_long()),
        Err(error) => Err(refusal(400, format!("the body could not be read: {error}"))),
    }
}

fn refusal(code: u16, message: impl Into<String>) -> TerminalError {
    TerminalError::with_code(code, message)
}

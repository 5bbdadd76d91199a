//! Invocations by operators, such as from the web page, whose origin is not that of the ingress.

use std::time::Duration;

use bytes::Bytes;
use hyper::{
    StatusCode,
    header::{CONTENT_TYPE, HeaderValue},
};
use restate_core::{TerminalError, wire::protocol::Header};
use serde_json::{Map, Value, json};

use super::reply::AdminReply;
use crate::{
    engine::handle::{EngineHandle, InvokeRequest, Waited},
    http::{
        duration,
        ingress::{accept_request, check_key, check_limit_key, public, refusal_of, scope},
        refusal::refusal,
    },
    journal::JournalDecoder,
    machine::AcceptedAs,
    model::timestamp::rfc_3339,
};

/// How long a call waits for its result: people look at the page meanwhile, and the invocation goes on.
const LONGEST_WAIT: Duration = Duration::from_secs(20);

const FIELDS: [&str; 8] =
    ["mode", "request", "content_type", "key", "scope", "limit_key", "idempotency_key", "delay"];

/// Invokes a handler as the ingress does for a client. The response has the id of the invocation, and of a
/// call that has ended its result.
///
/// # Errors
///
/// Those of the ingress, before anything is stored. The failure of a handler is a result.
pub(super) async fn invoke(
    engine: &EngineHandle,
    service: &str,
    handler: &str,
    body: &[u8],
) -> Result<AdminReply, TerminalError> {
    let fields = Fields::read(body)?;
    let mode = fields.mode()?;
    let request = fields.request(mode, engine, service, handler)?;
    match mode {
        Mode::Send => {
            let sent = engine.send(request).await.map_err(refusal_of)?;
            let mut reply = json!({
                "invocationId": sent.id.to_string(),
                "status": match sent.acceptance {
                    AcceptedAs::Before => "PreviouslyAccepted",
                    AcceptedAs::Now | AcceptedAs::At(_) => "Accepted",
                },
            });
            if let AcceptedAs::At(due) = sent.acceptance {
                reply["executionTime"] = rfc_3339(due).into();
            }
            Ok(AdminReply::from(reply).with_status(StatusCode::ACCEPTED))
        }
        Mode::Call => match engine.call_within(request, LONGEST_WAIT).await.map_err(refusal_of)? {
            Waited::Finished(output) => {
                let catalog = engine.catalog();
                let result = JournalDecoder::new(&catalog, &output.target).result(output.result);
                Ok(json!({ "invocationId": output.id.to_string(), "result": result }).into())
            }
            Waited::Left(id) => {
                let reply = json!({ "invocationId": id.to_string(), "result": null });
                Ok(AdminReply::from(reply).with_status(StatusCode::ACCEPTED))
            }
        },
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Mode {
    Call,
    Send,
}

/// The body of the request.
struct Fields(Map<String, Value>);

impl Fields {
    fn read(body: &[u8]) -> Result<Self, TerminalError> {
        let Ok(Value::Object(fields)) = serde_json::from_slice(body) else {
            let form = r#"{"mode": "call", "request": "{}", "key": "k"}"#;
            return Err(refusal(400, format!("the body is not a JSON object such as {form}")));
        };
        if let Some(name) = fields.keys().find(|name| !FIELDS.contains(&name.as_str())) {
            let known = FIELDS.join("`, `");
            let message = format!("`{name}` is not a field; the fields are `{known}`");
            return Err(refusal(400, message));
        }
        Ok(Self(fields))
    }

    fn text(&self, name: &str) -> Result<Option<&str>, TerminalError> {
        match self.0.get(name) {
            None | Some(Value::Null) => Ok(None),
            Some(Value::String(text)) => Ok(Some(text)),
            Some(_) => Err(refusal(400, format!("`{name}` is not a text"))),
        }
    }

    fn mode(&self) -> Result<Mode, TerminalError> {
        match self.text("mode")? {
            None | Some("call") => Ok(Mode::Call),
            Some("send") => Ok(Mode::Send),
            Some(_) => Err(refusal(400, "`mode` is neither `call` nor `send`")),
        }
    }

    fn request(
        &self,
        mode: Mode,
        engine: &EngineHandle,
        service: &str,
        handler: &str,
    ) -> Result<InvokeRequest, TerminalError> {
        let catalog = engine.catalog();
        let target = public(engine, service, self.text("key")?, handler)?;
        let scope = self.text("scope")?.map(scope).transpose()?;
        let target = match scope {
            None => target,
            scope => catalog.within(target, scope)?,
        };
        let idempotency_key = self.text("idempotency_key")?;
        let idempotency_key =
            idempotency_key.map(|key| check_key(key, &target, &catalog)).transpose()?;
        let limit_key = self.text("limit_key")?;
        let limit_key = limit_key.map(|key| check_limit_key(key, &target)).transpose()?;
        let delay = self.text("delay")?.map(duration::parse).transpose()?;
        if delay.is_some() && mode == Mode::Call {
            let message = "a call has no `delay`, as it waits for the result; use the mode `send`";
            return Err(refusal(400, message));
        }
        let content_type = self.text("content_type")?;
        if content_type.is_some_and(|it| HeaderValue::from_str(it).is_err()) {
            return Err(refusal(400, "`content_type` cannot be the value of a header"));
        }
        let body = Bytes::from(self.text("request")?.unwrap_or_default().to_owned());
        engine.check_size(body.len())?;
        let header =
            |value: &str| Header { key: CONTENT_TYPE.to_string(), value: value.to_owned() };
        let headers = content_type.map(header).into_iter().collect();
        let (headers, body) = match catalog.handler(&target) {
            Some(handler) => accept_request(handler, headers, body)?,
            None => (headers, body),
        };
        Ok(InvokeRequest { target, idempotency_key, limit_key, headers, body, delay })
    }
}

use restate_core::TerminalError;
use serde_json::Value;

use super::route;
use crate::{engine::handle::EngineHandle, http::refusal::refusal, machine::InvocationRef};

/// The invocation that the body of a lookup names.
///
/// `{"target":"workflow","workflowName":..,"workflowKey":..}`,
/// `{"target":"idempotentInvocation","service":..,"key":..,"handler":..,"idempotencyKey":..}` where
/// `key` is for objects only, or `{"target":"invocation","invocationId":..}`. The first two may
/// have a `scope`.
///
/// # Errors
///
/// Code 400 for a malformed body, 404 for a service or handler that is not bound.
pub(super) fn read(engine: &EngineHandle, body: &[u8]) -> Result<InvocationRef, TerminalError> {
    let body: Value = serde_json::from_slice(body)
        .map_err(|error| refusal(400, format!("the body is not JSON: {error}")))?;
    let text = |name: &str| {
        body.get(name).and_then(Value::as_str).ok_or_else(|| {
            refusal(400, format!("the body has no text `{name}`, which this lookup needs"))
        })
    };
    let scope = body.get("scope").and_then(Value::as_str).map(route::scope).transpose()?;
    let subject = match text("target")? {
        "workflow" => route::workflow(engine, text("workflowName")?, text("workflowKey")?),
        "idempotentInvocation" => {
            let (service, handler) = (text("service")?, text("handler")?);
            let address = match body.get("key").and_then(Value::as_str) {
                Some(key) => vec![key, handler],
                None => vec![handler],
            };
            route::by_idempotency_key(engine, service, &address, text("idempotencyKey")?)
        }
        "invocation" => route::by_id(text("invocationId")?),
        other => Err(refusal(
            400,
            format!(
                "`target` is `{other}`; it must be `workflow`, `idempotentInvocation` or `invocation`"
            ),
        )),
    };
    Ok(match subject? {
        InvocationRef::Workflow(workflow) => InvocationRef::Workflow(workflow.within(scope)),
        InvocationRef::Idempotent(target, key) => {
            InvocationRef::Idempotent(engine.catalog().within(target, scope)?, key)
        }
        by_id @ InvocationRef::Id(_) => by_id,
    })
}

use restate_core::TerminalError;
use serde_json::Value;

use super::route;
use crate::{engine::handle::Port, machine::InvocationRef};

/// The invocation that the body of a lookup describes.
///
/// `{"target":"workflow","workflowName":..,"workflowKey":..}`,
/// `{"target":"idempotentInvocation","service":..,"key":..,"handler":..,"idempotencyKey":..}` where
/// `key` is for objects only, or `{"target":"invocation","invocationId":..}`. The first two may
/// have a `scope`.
///
/// # Errors
///
/// Code 400 for what cannot be understood, 404 for what is not bound.
pub(super) fn read(port: &Port, body: &[u8]) -> Result<InvocationRef, TerminalError> {
    let body: Value = serde_json::from_slice(body)
        .map_err(|error| refusal(format!("the body is not JSON: {error}")))?;
    let text = |name: &str| {
        body.get(name).and_then(Value::as_str).ok_or_else(|| {
            refusal(format!("`{name}` is missing; it is text, and this lookup needs it"))
        })
    };
    let scope = body.get("scope").and_then(Value::as_str).map(route::scope).transpose()?;
    let subject = match text("target")? {
        "workflow" => route::workflow(port, text("workflowName")?, text("workflowKey")?),
        "idempotentInvocation" => {
            let (service, handler) = (text("service")?, text("handler")?);
            let address = match body.get("key").and_then(Value::as_str) {
                Some(key) => vec![key, handler],
                None => vec![handler],
            };
            route::by_idempotency_key(port, service, &address, text("idempotencyKey")?)
        }
        "invocation" => route::by_id(text("invocationId")?),
        other => Err(refusal(format!(
            "`target` is `{other}`; it can be `workflow`, `idempotentInvocation` or `invocation`"
        ))),
    };
    Ok(match subject? {
        InvocationRef::Workflow(workflow) => InvocationRef::Workflow(workflow.within(scope)),
        InvocationRef::Idempotent(target, key) => {
            InvocationRef::Idempotent(port.catalog.within(target, scope)?, key)
        }
        by_id @ InvocationRef::Id(_) => by_id,
    })
}

fn refusal(message: String) -> TerminalError {
    TerminalError::with_code(400, message)
}

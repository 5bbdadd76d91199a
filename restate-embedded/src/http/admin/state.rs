use bytes::Bytes;
use restate_core::{
    TerminalError,
    contract::{ServiceDescriptor, ServiceKind},
};
use serde_json::{Map, Value, json};

use super::{
    reply::{Answered, readable, refusal},
    stopped,
};
use crate::{
    engine::handle::{ControlError, LONGEST_KEY, Port},
    machine::StateChange,
    model::target::Object,
};

/// The state of an object, by name.
pub(super) async fn show(port: &Port, object: Object) -> Answered {
    check(port, &object)?;
    let unknown = port.catalog.descriptor(&object.service).is_none();
    let service = object.service.clone();
    let read = move |_: &_, store: &mut dyn crate::store::Store| store.state(&object);
    let state = port.inspect(read).await.map_err(|_| stopped())?;
    let state = state.map_err(|error| TerminalError::with_code(500, error.to_string()))?;
    // What is not bound any more may have left some.
    if unknown && state.is_empty() {
        return Err(super::services::unknown(&service));
    }
    let state: Map<String, Value> = state
        .into_iter()
        .map(|(name, value)| (String::from_utf8_lossy(&name).into_owned(), readable(&value)))
        .collect();
    Ok(json!({ "state": state }))
}

/// Refuses what cannot have state.
fn check(port: &Port, object: &Object) -> Result<(), TerminalError> {
    let Object { service, key, .. } = object;
    let kind = port.catalog.descriptor(service).map(ServiceDescriptor::kind);
    if kind == Some(ServiceKind::Service) {
        let message = format!("`{service}` is a service without keys; only objects have state");
        return Err(refusal(400, message));
    }
    match key.len() {
        0 => Err(refusal(400, "the key is empty; write /services/{object}/state/{key}")),
        length if length > LONGEST_KEY => {
            let message = format!("the key has {length} bytes; at most {LONGEST_KEY} are allowed");
            Err(refusal(400, message))
        }
        _ => Ok(()),
    }
}

/// Sets a value, or removes it.
pub(super) async fn change(
    port: &Port,
    object: Object,
    name: Bytes,
    value: Option<Bytes>,
) -> Answered {
    let service = &*object.service;
    if port.catalog.descriptor(service).is_none() {
        return Err(super::services::unknown(service));
    }
    check(port, &object)?;
    let change = StateChange { object, values: vec![(name, value)] };
    match port.change_state(change).await {
        Ok(()) => Ok(json!({ "done": true })),
        Err(ControlError::Refused(reason)) => Err(refusal(409, reason)),
        Err(ControlError::Stopped | ControlError::NotFound) => Err(stopped()),
    }
}

use bytes::Bytes;
use restate_core::TerminalError;
use serde_json::{Map, Value, json};

use super::{
    reply::{Answered, readable, refusal},
    stopped,
};
use crate::{
    machine::StateChange,
    port::{ControlError, Port},
    target::Object,
};

/// The state of an object, by name.
pub(super) async fn show(port: &Port, object: Object) -> Answered {
    let read = move |_: &_, store: &mut dyn crate::store::Store| store.state(&object);
    let state = port.inspect(read).await.map_err(|_| stopped())?;
    let state = state.map_err(|error| TerminalError::with_code(500, error.to_string()))?;
    let state: Map<String, Value> = state
        .into_iter()
        .map(|(name, value)| (String::from_utf8_lossy(&name).into_owned(), readable(&value)))
        .collect();
    Ok(json!({ "state": state }))
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
    let change = StateChange { object, values: vec![(name, value)] };
    match port.change_state(change).await {
        Ok(()) => Ok(json!({ "done": true })),
        Err(ControlError::Refused(reason)) => Err(refusal(409, reason)),
        Err(ControlError::Stopped | ControlError::NotFound) => Err(stopped()),
    }
}

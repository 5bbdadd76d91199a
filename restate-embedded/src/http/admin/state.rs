use bytes::Bytes;
use restate_core::{
    TerminalError,
    contract::{ServiceDescriptor, ServiceKind},
};
use serde_json::{Map, Value, json};

use super::{reply::AdminResult, stopped};
use crate::{
    engine::handle::{ControlError, EngineHandle},
    http::refusal::refusal,
    journal::{hidden, readable},
    machine::StateChange,
    model::{keys::check_key, target::Object},
    store::{Store, StoreError},
};

/// The longest value that is shown, and the length of all that are, in bytes. People do not read more,
/// and the engine's thread reads it.
const LONGEST_VALUE: u64 = 64 << 10;
const LONGEST_STATE: u64 = 1 << 20;

/// The state of an object, by name, and the lengths of the values that are too long to be shown.
pub(super) async fn show(engine: &EngineHandle, object: Object) -> AdminResult {
    check(engine, &object)?;
    let unknown = engine.catalog().descriptor(&object.service).is_none();
    let service = object.service.clone();
    let read = move |_: &_, store: &mut dyn Store| shown(store, &object);
    let state = engine.inspect(read).await.map_err(|_| stopped())?;
    let state = state.map_err(|error| TerminalError::with_code(500, error.to_string()))?;
    // A service that is not bound any more may have left state behind.
    if unknown && state.values.is_empty() && state.omitted.is_empty() {
        return Err(super::services::unknown(&service));
    }
    let text = |name: &[u8]| String::from_utf8_lossy(name).into_owned();
    let shown = if engine.catalog().hides_values(&service) { hidden } else { readable };
    let values = state.values.iter().map(|(name, value)| (text(name), shown(value)));
    let mut reply = json!({ "state": values.collect::<Map<_, _>>() });
    if !state.omitted.is_empty() {
        let omitted = state.omitted.iter().map(|(name, length)| (text(name), Value::from(*length)));
        reply["omitted"] = omitted.collect::<Map<_, _>>().into();
    }
    Ok(reply)
}

#[derive(Default)]
struct Shown {
    values: Vec<(Bytes, Bytes)>,
    omitted: Vec<(Bytes, u64)>,
}

fn shown(store: &mut dyn Store, object: &Object) -> Result<Shown, StoreError> {
    let (mut shown, mut length) = (Shown::default(), 0);
    for (name, bytes) in store.state_names(object)? {
        if bytes > LONGEST_VALUE || length + bytes > LONGEST_STATE {
            shown.omitted.push((name, bytes));
        } else if let Some(value) = store.value(object, &name)? {
            length += bytes;
            shown.values.push((name, value));
        }
    }
    Ok(shown)
}

/// Refuses services and keys that cannot have state.
fn check(engine: &EngineHandle, object: &Object) -> Result<(), TerminalError> {
    let Object { service, key, .. } = object;
    let kind = engine.catalog().descriptor(service).map(ServiceDescriptor::kind);
    if kind == Some(ServiceKind::Service) {
        let message = format!(
            "`{service}` is a service, which has no keys; only objects and workflows have state"
        );
        return Err(refusal(400, message));
    }
    if key.is_empty() {
        return Err(refusal(400, "the key is empty; state is at /services/{object}/state/{key}"));
    }
    check_key(key)
}

/// Sets or removes a value.
pub(super) async fn change(
    engine: &EngineHandle,
    object: Object,
    name: Bytes,
    value: Option<Bytes>,
) -> AdminResult {
    let service = &*object.service;
    if engine.catalog().descriptor(service).is_none() {
        return Err(super::services::unknown(service));
    }
    check(engine, &object)?;
    let change = StateChange { object, values: vec![(name, value)] };
    match engine.change_state(change).await {
        Ok(()) => Ok(json!({ "done": true })),
        Err(ControlError::Refused(reason)) => Err(refusal(409, reason)),
        Err(ControlError::TooLarge(reason)) => Err(refusal(413, reason)),
        Err(ControlError::Stopped | ControlError::NotFound) => Err(stopped()),
    }
}

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
    machine::{OtherValues, StateChange},
    model::{keys::check_key, rules::is_level, target::Object},
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
    let values = vec![(name, value)];
    carry_out(engine, StateChange { object, values, others: OtherValues::Keep }).await
}

/// Replaces the whole state of the object that the body names.
pub(super) async fn replace(engine: &EngineHandle, service: &str, body: &[u8]) -> AdminResult {
    let form = r#"{"object_key": "k", "new_state": {"name": [49]}, "version": ".."}"#;
    let malformed = |what: &str| refusal(400, format!("{what}; the body is of the form {form}"));
    let Ok(Value::Object(body)) = serde_json::from_slice(body) else {
        return Err(malformed("the body is not a JSON object"));
    };
    let text = |name: &str| match body.get(name) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) => Ok(Some(text.clone())),
        Some(_) => Err(malformed(&format!("`{name}` is not a text"))),
    };
    let known = ["object_key", "new_state", "version", "scope"];
    if let Some(name) = body.keys().find(|name| !known.contains(&name.as_str())) {
        return Err(malformed(&format!("`{name}` is not a field")));
    }
    let Some(key) = text("object_key")? else { return Err(malformed("`object_key` is missing")) };
    let scope = text("scope")?.map(|scope| match is_level(&scope) {
        true => Ok(scope.into()),
        false => Err(malformed(&format!("`{scope}` is not a scope"))),
    });
    let object = Object::new(service.to_owned(), key).within(scope.transpose()?);
    let Some(Value::Object(state)) = body.get("new_state") else {
        return Err(malformed("`new_state` is not an object of names and bytes"));
    };
    let values = state.iter().map(|(name, value)| {
        let bytes = serde_json::from_value::<Vec<u8>>(value.clone());
        let bytes =
            bytes.map_err(|_| malformed(&format!("the value of `{name}` is no list of bytes")));
        Ok((Bytes::from(name.clone()), Some(Bytes::from(bytes?))))
    });
    let values = values.collect::<Result<_, TerminalError>>()?;
    let others = OtherValues::Remove { version: text("version")? };
    carry_out(engine, StateChange { object, values, others }).await
}

async fn carry_out(engine: &EngineHandle, change: StateChange) -> AdminResult {
    let service = &*change.object.service;
    if engine.catalog().descriptor(service).is_none() {
        return Err(super::services::unknown(service));
    }
    check(engine, &change.object)?;
    match engine.change_state(change).await {
        Ok(()) => Ok(json!({ "done": true })),
        Err(ControlError::Refused(reason)) => Err(refusal(409, reason)),
        Err(ControlError::TooLarge(reason)) => Err(refusal(413, reason)),
        Err(ControlError::Stopped | ControlError::NotFound) => Err(stopped()),
    }
}

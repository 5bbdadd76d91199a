//! Takes out of the JSON of a message what people must not see.

use prost_reflect::{FieldDescriptor, Kind, MessageDescriptor};
use restate_core::contract::REDACTED;
use restate_descriptors::options::is_redacted;
use serde_json::{Map, Value};

/// What is in the place of a value that people must not see.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Mask {
    /// A mark, whatever the type.
    Mark,
    /// Another value of the type if that is text or bytes, and nothing otherwise: the message can be read.
    SameType,
}

/// Masks the fields of `json` that are marked in the contract of `ty`, and tells whether there were any.
pub(super) fn redact(json: &mut Value, ty: &MessageDescriptor, mask: Mask) -> bool {
    let Value::Object(fields) = json else { return false };
    if ty.full_name() == ANY {
        return redact_any(fields, ty, mask);
    }
    let mut found = false;
    fields.retain(|name, value| {
        let Some(field) = field_of(ty, name) else { return true };
        if !is_redacted(&field) {
            found |= redact_field(value, &field, mask);
            return true;
        }
        found = true;
        let masked = masked(value, &field, mask);
        let is_kept = masked.is_some();
        *value = masked.unwrap_or_default();
        is_kept
    });
    found
}

/// The message in an `Any` has its fields beside `@type`.
fn redact_any(fields: &mut Map<String, Value>, any: &MessageDescriptor, mask: Mask) -> bool {
    let url = fields.get("@type").and_then(Value::as_str).unwrap_or_default();
    let name = url.rsplit('/').next().unwrap_or_default();
    let Some(ty) = any.parent_pool().get_message_by_name(name) else { return false };
    // An `Any` in an `Any` has the inner one in the field `value`.
    if let (ANY, Some(inner)) = (ty.full_name(), fields.get_mut("value")) {
        return redact(inner, &ty, mask);
    }
    let mut object = Value::Object(std::mem::take(fields));
    let found = redact(&mut object, &ty, mask);
    if let Value::Object(object) = object {
        *fields = object;
    }
    found
}

fn redact_field(value: &mut Value, field: &FieldDescriptor, mask: Mask) -> bool {
    let Kind::Message(mut ty) = field.kind() else { return false };
    if field.is_map() {
        let Kind::Message(of_values) = ty.map_entry_value_field().kind() else { return false };
        ty = of_values;
    }
    let redact_all = |values: &mut dyn Iterator<Item = &mut Value>| {
        // All of them, not only up to the first.
        values.fold(false, |found, value| redact(value, &ty, mask) | found)
    };
    match value {
        Value::Array(items) if field.is_list() => redact_all(&mut items.iter_mut()),
        Value::Object(entries) if field.is_map() => redact_all(&mut entries.values_mut()),
        value => redact(value, &ty, mask),
    }
}

/// What is in the place of `value`; nothing if the field is left out.
fn masked(value: &Value, field: &FieldDescriptor, mask: Mask) -> Option<Value> {
    if mask == Mask::Mark {
        return Some(REDACTED.into());
    }
    let text = match field.kind() {
        Kind::String => REDACTED,
        Kind::Bytes => REDACTED_BYTES,
        Kind::Message(ty) if ty.full_name() == "google.protobuf.StringValue" => REDACTED,
        Kind::Message(ty) if ty.full_name() == "google.protobuf.BytesValue" => REDACTED_BYTES,
        _ => return None,
    };
    Some(match value {
        Value::Array(items) => items.iter().map(|_| Value::from(text)).collect(),
        _ => text.into(),
    })
}

/// The field with this name in JSON, or with this one in the contract, which is read, too.
fn field_of(ty: &MessageDescriptor, name: &str) -> Option<FieldDescriptor> {
    ty.get_field_by_json_name(name).or_else(|| ty.get_field_by_name(name))
}

const ANY: &str = "google.protobuf.Any";

/// [`REDACTED`] as bytes, in the JSON of protobuf.
const REDACTED_BYTES: &str = "W3JlZGFjdGVkXQ==";

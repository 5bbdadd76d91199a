//! JSON Schemas of messages, as generated code has them of its types.

use std::collections::BTreeMap;

use prost_reflect::{EnumDescriptor, FieldDescriptor, Kind, MessageDescriptor};
use restate_descriptors::options::is_redacted;
use serde_json::{Map, Value, json};

/// The schema of a message with all that it refers to, as a document of its own.
pub(super) fn document(message: &MessageDescriptor) -> Value {
    let mut schemas = Schemas::default();
    let mut document = schemas.message(message);
    if let Value::Object(document) = &mut document {
        document.insert("$schema".to_owned(), DRAFT.into());
        document.insert("title".to_owned(), message.full_name().into());
        if !schemas.defined.is_empty() {
            document.insert("$defs".to_owned(), schemas.defined.into_iter().collect());
        }
    }
    document
}

const DRAFT: &str = "https://json-schema.org/draft/2020-12/schema";

/// An annotation of fields that people must not see.
const REDACTED: &str = "x-debug-redact";

/// Schemas that others refer to, by name.
#[derive(Default)]
struct Schemas {
    defined: BTreeMap<String, Value>,
}

impl Schemas {
    fn reference(&mut self, message: &MessageDescriptor) -> Value {
        let name = message.full_name();
        if !self.defined.contains_key(name) {
            // Before its fields, so that one of its own type ends here.
            self.defined.insert(name.to_owned(), Value::Null);
            let schema = self.message(message);
            self.defined.insert(name.to_owned(), schema);
        }
        json!({ "$ref": format!("#/$defs/{name}") })
    }

    fn message(&mut self, message: &MessageDescriptor) -> Value {
        if let Some(known) = well_known(message) {
            return known;
        }
        let fields = message.fields().map(|field| {
            let mut schema = self.field(&field);
            if let (true, Value::Object(schema)) = (is_redacted(&field), &mut schema) {
                schema.insert(REDACTED.to_owned(), true.into());
            }
            (field.json_name().to_owned(), schema)
        });
        let properties: Map<String, Value> = fields.collect();
        json!({ "type": "object", "properties": properties, "additionalProperties": false })
    }

    fn field(&mut self, field: &FieldDescriptor) -> Value {
        match field.kind() {
            Kind::Message(entry) if field.is_map() => {
                let values = self.value(&entry.map_entry_value_field().kind());
                json!({ "type": "object", "additionalProperties": values })
            }
            kind if field.is_list() => json!({ "type": "array", "items": self.value(&kind) }),
            kind => self.value(&kind),
        }
    }

    fn value(&mut self, kind: &Kind) -> Value {
        match kind {
            Kind::Message(message) => self.reference(message),
            Kind::Enum(values) => enumeration(values),
            scalar => scalar_value(scalar),
        }
    }
}

fn enumeration(values: &EnumDescriptor) -> Value {
    if values.full_name() == "google.protobuf.NullValue" {
        return json!({ "type": "null" });
    }
    // In the order of the source.
    let names = values.enum_descriptor_proto().value.iter().map(|value| value.name());
    json!({ "anyOf": [{ "enum": names.collect::<Vec<_>>() }, { "type": "integer" }] })
}

fn scalar_value(kind: &Kind) -> Value {
    match kind {
        Kind::Bool => json!({ "type": "boolean" }),
        Kind::String => json!({ "type": "string" }),
        Kind::Bytes => json!({ "type": "string", "contentEncoding": "base64" }),
        Kind::Double => json!({ "type": ["number", "string"], "format": "double" }),
        Kind::Float => json!({ "type": ["number", "string"], "format": "float" }),
        Kind::Int64 | Kind::Sint64 | Kind::Sfixed64 => {
            json!({ "type": ["string", "integer"], "format": "int64" })
        }
        Kind::Uint64 | Kind::Fixed64 => {
            json!({ "type": ["string", "integer"], "format": "uint64" })
        }
        Kind::Uint32 | Kind::Fixed32 => {
            json!({ "type": "integer", "minimum": 0, "maximum": u32::MAX })
        }
        _ => json!({ "type": "integer", "minimum": i32::MIN, "maximum": i32::MAX }),
    }
}

/// The schema of a message whose JSON is not an object of its fields.
fn well_known(message: &MessageDescriptor) -> Option<Value> {
    let name = message.full_name().strip_prefix("google.protobuf.")?;
    Some(match name {
        "Any" => json!({ "type": "object", "properties": { "@type": { "type": "string" } } }),
        "Duration" => json!({ "type": "string", "pattern": r"^-?[0-9]+(\.[0-9]{1,9})?s$" }),
        "FieldMask" => json!({ "type": "string" }),
        "ListValue" => json!({ "type": "array" }),
        "Struct" => json!({ "type": "object" }),
        "Timestamp" => json!({ "type": "string", "format": "date-time" }),
        "Value" => json!({}),
        "BoolValue" | "BytesValue" | "DoubleValue" | "FloatValue" | "Int32Value" | "Int64Value"
        | "StringValue" | "UInt32Value" | "UInt64Value" => {
            scalar_value(&message.get_field_by_name("value")?.kind())
        }
        _ => return None,
    })
}

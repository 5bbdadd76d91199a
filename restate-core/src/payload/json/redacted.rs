//! Fields that people must not see.

use std::{fmt, marker::PhantomData};

use serde::{Deserializer, Serialize as _, Serializer};
use serde_json::{Value, value};

use super::{codec::JsonCodec, schema::Schemas};
use crate::payload::nesting::{Audience, audience};

/// What people see in place of a value that they must not see.
pub const REDACTED: &str = "[redacted]";

/// An annotation in the JSON Schema of fields that people must not see.
const ANNOTATION: &str = "x-debug-redact";

/// [`REDACTED`] as bytes, in the JSON of protobuf.
const REDACTED_BYTES: &str = "W3JlZGFjdGVkXQ==";

/// A field that the contract marks with `debug_redact`: as any other, but not in JSON for people.
#[derive(Debug)]
pub struct RedactedField<F>(PhantomData<F>);

impl<T: Default, F: JsonCodec<T>> JsonCodec<T> for RedactedField<F> {
    const READS_NULL: bool = F::READS_NULL;

    fn is_empty(value: &T) -> bool {
        F::is_empty(value) || (audience() == Audience::Files && mask::<T, F>(value).is_none())
    }

    fn write<S: Serializer>(value: &T, serializer: S) -> Result<S::Ok, S::Error> {
        match audience() {
            Audience::Programs => F::write(value, serializer),
            Audience::People => serializer.serialize_str(REDACTED),
            Audience::Files => mask::<T, F>(value).serialize(serializer),
        }
    }

    fn read_in_place<'de, D: Deserializer<'de>>(
        place: &mut T,
        deserializer: D,
    ) -> Result<(), D::Error> {
        F::read_in_place(place, deserializer)
    }

    fn schema(schemas: &mut Schemas) -> serde_json::Value {
        let mut schema = F::schema(schemas);
        if let serde_json::Value::Object(schema) = &mut schema {
            schema.insert(ANNOTATION.to_owned(), true.into());
        }
        schema
    }
}

/// Another value of the same type in place of a text, of bytes, or of a list of these; `None` for a field
/// of any other type, which is left out.
fn mask<T: Default, F: JsonCodec<T>>(value: &T) -> Option<Value> {
    let written = F::write(value, value::Serializer).ok()?;
    let masks = [REDACTED, REDACTED_BYTES].map(|text| match &written {
        Value::Array(items) if items.iter().all(Value::is_string) => {
            Some(items.iter().map(|_| Value::from(text)).collect())
        }
        Value::String(_) => Some(text.into()),
        _ => None,
    });
    // Numbers, times and names of enums are texts in JSON, too.
    masks.into_iter().flatten().find(|mask| F::read(mask).is_ok())
}

/// Whether values with this JSON Schema have fields that people must not see.
pub(crate) fn is_redacted(schema: &str) -> bool {
    schema.contains(&format!("\"{ANNOTATION}\""))
}

/// Stands for a value in `Debug`.
pub struct Redacted;

impl fmt::Debug for Redacted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(REDACTED)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::{Encoding, Payload as _, payload::json::MessageField, well_known::ListValue};

    #[test]
    fn a_list_has_a_mask_if_it_holds_texts_only() {
        let mask = |json: &str| {
            let list = ListValue::decode(json.to_owned().into(), Encoding::Json).unwrap();
            mask::<_, MessageField>(&list)
        };
        assert_eq!(mask(r#"["a","b"]"#), Some(json!([REDACTED, REDACTED])));
        assert_eq!(mask(r#"["a",1]"#), None);
    }
}

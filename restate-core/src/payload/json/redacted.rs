//! Fields that people must not see.

use std::{fmt, marker::PhantomData};

use serde::{Deserializer, Serializer};

use super::{codec::JsonCodec, schema::Schemas};
use crate::payload::nesting::is_for_people;

/// What people see in place of a value that they must not see.
pub const REDACTED: &str = "[redacted]";

/// An annotation in the JSON Schema of fields that people must not see.
const ANNOTATION: &str = "x-debug-redact";

/// A field that the contract marks with `debug_redact`: as any other, but not in JSON for people.
#[derive(Debug)]
pub struct RedactedField<F>(PhantomData<F>);

impl<T, F: JsonCodec<T>> JsonCodec<T> for RedactedField<F> {
    const READS_NULL: bool = F::READS_NULL;

    fn is_empty(value: &T) -> bool {
        F::is_empty(value)
    }

    fn write<S: Serializer>(value: &T, serializer: S) -> Result<S::Ok, S::Error> {
        if is_for_people() {
            serializer.serialize_str(REDACTED)
        } else {
            F::write(value, serializer)
        }
    }

    fn read<'de, D: Deserializer<'de>>(deserializer: D) -> Result<T, D::Error> {
        F::read(deserializer)
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

//! What messages have in common whose JSON is not made of their fields: a JSON Schema, and small
//! values.

use serde::{Deserialize, Deserializer};
use serde_json::{Value as Json, json};

use super::{
    Any, BoolValue, BytesValue, DoubleValue, Duration, FieldMask, FloatValue, Int32Value,
    Int64Value, ListValue, StringValue, Struct, Timestamp, UInt32Value, UInt64Value, Value,
};
use crate::payload::json::{Described, JsonCodec, ReadInPlace, Scalar, Schemas};

macro_rules! described {
    ($($message:ty = $schema:expr),* $(,)?) => {$(
        impl Described for $message {
            fn name() -> String {
                <Self as prost::Name>::full_name()
            }

            fn schema(schemas: &mut Schemas) -> Json {
                let schema: fn(&mut Schemas) -> Json = $schema;
                schema(schemas)
            }
        }

        impl ReadInPlace for $message {
            fn read_in_place<'de, D: Deserializer<'de>>(
                &mut self,
                deserializer: D,
            ) -> Result<(), D::Error> {
                *self = Self::deserialize(deserializer)?;
                Ok(())
            }
        }
    )*};
}

described!(
    Any = |_| json!({
        "type": "object",
        "properties": { "@type": { "type": "string" } },
    }),
    BoolValue = <Scalar as JsonCodec<bool>>::schema,
    BytesValue = <Scalar as JsonCodec<Vec<u8>>>::schema,
    DoubleValue = <Scalar as JsonCodec<f64>>::schema,
    Duration = |_| json!({ "type": "string", "pattern": r"^-?[0-9]+(\.[0-9]{1,9})?s$" }),
    FieldMask = |_| json!({ "type": "string" }),
    FloatValue = <Scalar as JsonCodec<f32>>::schema,
    Int32Value = <Scalar as JsonCodec<i32>>::schema,
    Int64Value = <Scalar as JsonCodec<i64>>::schema,
    ListValue = |_| json!({ "type": "array" }),
    StringValue = <Scalar as JsonCodec<String>>::schema,
    Struct = |_| json!({ "type": "object" }),
    Timestamp = |_| json!({ "type": "string", "format": "date-time" }),
    UInt32Value = <Scalar as JsonCodec<u32>>::schema,
    UInt64Value = <Scalar as JsonCodec<u64>>::schema,
    Value = |_| json!({}),
);

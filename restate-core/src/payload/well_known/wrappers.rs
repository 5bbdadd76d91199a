//! Wrappers, which look like the values in them.

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::{
    BoolValue, BytesValue, DoubleValue, FloatValue, Int32Value, Int64Value, StringValue,
    UInt32Value, UInt64Value,
};
use crate::payload::json::{JsonCodec, Scalar};

macro_rules! wrappers {
    ($($wrapper:ident),*) => {$(
        impl Serialize for $wrapper {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                Scalar::write(&self.value, serializer)
            }
        }

        impl<'de> Deserialize<'de> for $wrapper {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                Scalar::read(deserializer).map(|value| Self { value })
            }
        }

        impl crate::payload::Message for $wrapper {}
    )*};
}

wrappers!(
    BoolValue,
    BytesValue,
    DoubleValue,
    FloatValue,
    Int32Value,
    Int64Value,
    StringValue,
    UInt32Value,
    UInt64Value
);

//! Scalars, and the keys of maps.

use std::{borrow::Cow, fmt};

use base64::{
    Engine, alphabet,
    engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig},
    prelude::BASE64_STANDARD,
};
use bytes::Bytes;
use serde::{
    Deserialize, Deserializer, Serializer,
    de::{Error, Unexpected, Visitor},
};
use serde_json::{Value, json};

use super::{codec::JsonCodec, number::read_number, schema::Schemas};

/// A number, text, bytes or a bool.
#[derive(Debug)]
pub struct Scalar;

macro_rules! scalar {
    ($ty:ty, $schema:tt, $is_empty:expr, $write:expr, $read:expr) => {
        impl JsonCodec<$ty> for Scalar {
            fn is_empty(value: &$ty) -> bool {
                let is_empty: fn(&$ty) -> bool = $is_empty;
                is_empty(value)
            }

            fn write<S: Serializer>(value: &$ty, serializer: S) -> Result<S::Ok, S::Error> {
                $write(value, serializer)
            }

            fn read_in_place<'de, D: Deserializer<'de>>(
                place: &mut $ty,
                deserializer: D,
            ) -> Result<(), D::Error> {
                *place = $read(deserializer)?;
                Ok(())
            }

            fn schema(_: &mut Schemas) -> Value {
                json!($schema)
            }
        }
    };
}

scalar!(bool, { "type": "boolean" }, |it| !it, |it: &bool, s: S| s.serialize_bool(*it), bool::deserialize);
scalar!(String, { "type": "string" }, String::is_empty, |it: &String, s: S| s.serialize_str(it), String::deserialize);
scalar!(i32, { "type": "integer", "minimum": i32::MIN, "maximum": i32::MAX }, |it| *it == 0, |it: &i32, s: S| s.serialize_i32(*it), read_number);
scalar!(u32, { "type": "integer", "minimum": 0, "maximum": u32::MAX }, |it| *it == 0, |it: &u32, s: S| s.serialize_u32(*it), read_number);
scalar!(i64, { "type": ["string", "integer"], "format": "int64" }, |it| *it == 0, |it: &i64, s: S| s.collect_str(it), read_number);
scalar!(u64, { "type": ["string", "integer"], "format": "uint64" }, |it| *it == 0, |it: &u64, s: S| s.collect_str(it), read_number);
scalar!(f64, { "type": ["number", "string"], "format": "double" }, |it| it.to_bits() == 0, write_f64, read_number);
scalar!(f32, { "type": ["number", "string"], "format": "float" }, |it| it.to_bits() == 0, write_f32, read_number);
scalar!(Bytes, { "type": "string", "contentEncoding": "base64" }, Bytes::is_empty, |it: &Bytes, s: S| write_bytes(it, s), read_bytes);
scalar!(Vec<u8>, { "type": "string", "contentEncoding": "base64" }, Vec::is_empty, |it: &Vec<u8>, s: S| write_bytes(it, s), read_bytes);

fn write_f64<S: Serializer>(value: &f64, serializer: S) -> Result<S::Ok, S::Error> {
    match not_finite(*value) {
        Some(name) => serializer.serialize_str(name),
        None => serializer.serialize_f64(*value),
    }
}

fn write_f32<S: Serializer>(value: &f32, serializer: S) -> Result<S::Ok, S::Error> {
    match not_finite(f64::from(*value)) {
        Some(name) => serializer.serialize_str(name),
        None => serializer.serialize_f32(*value),
    }
}

fn not_finite(value: f64) -> Option<&'static str> {
    if value.is_nan() {
        Some("NaN")
    } else if value == f64::INFINITY {
        Some("Infinity")
    } else if value == f64::NEG_INFINITY {
        Some("-Infinity")
    } else {
        None
    }
}

fn write_bytes<S: Serializer>(bytes: &[u8], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(&BASE64_STANDARD.encode(bytes))
}

fn read_bytes<'de, T: From<Vec<u8>>, D: Deserializer<'de>>(deserializer: D) -> Result<T, D::Error> {
    deserializer.deserialize_str(BytesVisitor).map(T::from)
}

struct BytesVisitor;

impl Visitor<'_> for BytesVisitor {
    type Value = Vec<u8>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("base64 text")
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Vec<u8>, E> {
        const LENIENT: GeneralPurposeConfig = GeneralPurposeConfig::new()
            .with_decode_padding_mode(DecodePaddingMode::Indifferent)
            .with_decode_allow_trailing_bits(true);
        const STANDARD: GeneralPurpose = GeneralPurpose::new(&alphabet::STANDARD, LENIENT);
        const URL_SAFE: GeneralPurpose = GeneralPurpose::new(&alphabet::URL_SAFE, LENIENT);
        let engine = if text.contains(['-', '_']) { URL_SAFE } else { STANDARD };
        engine.decode(text).map_err(|_| E::invalid_value(Unexpected::Str(text), &self))
    }
}

/// The key of a map, which JSON holds as text.
pub trait MapKey: Ord {
    /// What it is called in messages.
    const EXPECTED: &'static str;

    /// The key as text.
    fn to_text(&self) -> Cow<'_, str>;

    /// The key that `text` stands for.
    fn from_text(text: &str) -> Option<Self>
    where
        Self: Sized;
}

impl MapKey for String {
    const EXPECTED: &'static str = "string";

    fn to_text(&self) -> Cow<'_, str> {
        Cow::Borrowed(self)
    }

    fn from_text(text: &str) -> Option<Self> {
        Some(text.to_owned())
    }
}

macro_rules! parsed_map_key {
    ($($ty:ty = $expected:literal),*) => {$(
        impl MapKey for $ty {
            const EXPECTED: &'static str = $expected;

            fn to_text(&self) -> Cow<'_, str> {
                Cow::Owned(self.to_string())
            }

            fn from_text(text: &str) -> Option<Self> {
                text.parse().ok().filter(|_| !text.starts_with('+'))
            }
        }
    )*};
}

parsed_map_key!(
    bool = "bool",
    i32 = "32-bit integer",
    u32 = "unsigned 32-bit integer",
    i64 = "64-bit integer",
    u64 = "unsigned 64-bit integer"
);

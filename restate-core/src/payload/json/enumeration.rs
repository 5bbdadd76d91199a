//! Enums by name; numbers without a name stay numbers.

use std::{fmt, marker::PhantomData};

use serde::{
    Deserializer, Serializer,
    de::{Error, Unexpected, Visitor},
};
use serde_json::{Value, json};

use super::{codec::JsonCodec, schema::Schemas};

/// An enum of a contract.
pub trait Enumeration {
    /// What it is called in messages.
    const NAME: &'static str;
    /// Its names and their numbers; of several names for a number the first is written.
    const VALUES: &'static [(&'static str, i32)];
}

/// The number of an enum, by name.
#[derive(Debug)]
pub struct EnumField<E>(PhantomData<E>);

impl<E: Enumeration> JsonCodec<i32> for EnumField<E> {
    fn is_empty(number: &i32) -> bool {
        *number == 0
    }

    fn write<S: Serializer>(number: &i32, serializer: S) -> Result<S::Ok, S::Error> {
        match E::VALUES.iter().find(|(_, value)| value == number) {
            Some((name, _)) => serializer.serialize_str(name),
            None => serializer.serialize_i32(*number),
        }
    }

    fn read<'de, D: Deserializer<'de>>(deserializer: D) -> Result<i32, D::Error> {
        deserializer.deserialize_any(EnumVisitor::<E>(PhantomData))
    }

    fn schema(_: &mut Schemas) -> Value {
        let names = E::VALUES.iter().map(|(name, _)| *name).collect::<Vec<_>>();
        json!({ "anyOf": [{ "enum": names }, { "type": "integer" }] })
    }
}

struct EnumVisitor<E>(PhantomData<E>);

impl<E: Enumeration> Visitor<'_> for EnumVisitor<E> {
    type Value = i32;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "a name or number of the enum {}", E::NAME)
    }

    fn visit_str<X: Error>(self, name: &str) -> Result<i32, X> {
        let value = E::VALUES.iter().find(|(value, _)| *value == name);
        value
            .map(|(_, number)| *number)
            .ok_or_else(|| X::invalid_value(Unexpected::Str(name), &self))
    }

    fn visit_i64<X: Error>(self, number: i64) -> Result<i32, X> {
        i32::try_from(number).map_err(|_| X::invalid_value(Unexpected::Signed(number), &self))
    }

    fn visit_u64<X: Error>(self, number: u64) -> Result<i32, X> {
        i32::try_from(number).map_err(|_| X::invalid_value(Unexpected::Unsigned(number), &self))
    }

    fn visit_f64<X: Error>(self, number: f64) -> Result<i32, X> {
        #[allow(clippy::cast_possible_truncation, reason = "compared right after")]
        let whole = number as i32;
        if f64::from(whole) == number {
            Ok(whole)
        } else {
            Err(X::invalid_value(Unexpected::Float(number), &self))
        }
    }
}

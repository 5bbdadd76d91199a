//! Any JSON, as a message.

use std::fmt;

use serde::{
    Deserialize, Deserializer, Serialize, Serializer,
    de::{self, MapAccess, SeqAccess, Visitor},
    ser::Error,
};

use super::{ListValue, NullValue, Struct, Value, value::Kind};
use crate::payload::{
    json::{Enumeration, JsonCodec, MapField, MessageField, RepeatedField},
    nesting::nested,
};

impl Serialize for Struct {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        MapField::<MessageField>::write(&self.fields, serializer)
    }
}

impl<'de> Deserialize<'de> for Struct {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        MapField::<MessageField>::read(deserializer).map(|fields| Self { fields })
    }
}

impl Serialize for ListValue {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        RepeatedField::<MessageField>::write(&self.values, serializer)
    }
}

impl<'de> Deserialize<'de> for ListValue {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        RepeatedField::<MessageField>::read(deserializer).map(|values| Self { values })
    }
}

impl Serialize for Value {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match &self.kind {
            None => Err(S::Error::custom("a Value without a kind has no form in JSON")),
            Some(Kind::NullValue(_)) => serializer.serialize_unit(),
            Some(Kind::NumberValue(number)) if number.is_finite() => {
                serializer.serialize_f64(*number)
            }
            Some(Kind::NumberValue(number)) => {
                Err(S::Error::custom(format_args!("a Value of {number} has no form in JSON")))
            }
            Some(Kind::StringValue(text)) => serializer.serialize_str(text),
            Some(Kind::BoolValue(bool)) => serializer.serialize_bool(*bool),
            Some(Kind::StructValue(object)) => MessageField::write(object, serializer),
            Some(Kind::ListValue(list)) => MessageField::write(list, serializer),
        }
    }
}

impl<'de> Deserialize<'de> for Value {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(ValueVisitor)
    }
}

struct ValueVisitor;

impl ValueVisitor {
    fn of<E>(kind: Kind) -> Result<Value, E> {
        Ok(Value { kind: Some(kind) })
    }
}

impl<'de> Visitor<'de> for ValueVisitor {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Self::of(Kind::NullValue(NullValue::NullValue.into()))
    }

    fn visit_bool<E>(self, bool: bool) -> Result<Value, E> {
        Self::of(Kind::BoolValue(bool))
    }

    #[allow(clippy::cast_precision_loss, reason = "a JSON number is as exact as a double")]
    fn visit_i64<E>(self, number: i64) -> Result<Value, E> {
        Self::of(Kind::NumberValue(number as f64))
    }

    #[allow(clippy::cast_precision_loss, reason = "a JSON number is as exact as a double")]
    fn visit_u64<E>(self, number: u64) -> Result<Value, E> {
        Self::of(Kind::NumberValue(number as f64))
    }

    fn visit_f64<E>(self, number: f64) -> Result<Value, E> {
        Self::of(Kind::NumberValue(number))
    }

    fn visit_str<E>(self, text: &str) -> Result<Value, E> {
        Self::of(Kind::StringValue(text.to_owned()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, sequence: A) -> Result<Value, A::Error> {
        let visitor = RepeatedField::<MessageField>::visitor();
        let values = nested(de::Error::custom, || visitor.visit_seq(sequence))?;
        Self::of(Kind::ListValue(ListValue { values }))
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Value, A::Error> {
        let visitor = MapField::<MessageField>::visitor();
        let fields = nested(de::Error::custom, || visitor.visit_map(map))?;
        Self::of(Kind::StructValue(Struct { fields }))
    }
}

impl Serialize for NullValue {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_unit()
    }
}

impl<'de> Deserialize<'de> for NullValue {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        match Value::deserialize(deserializer)?.kind {
            Some(Kind::NullValue(_)) => Ok(Self::NullValue),
            Some(Kind::StringValue(name)) if name == Self::VALUES[0].0 => Ok(Self::NullValue),
            Some(Kind::NumberValue(0.0)) => Ok(Self::NullValue),
            _ => Err(de::Error::custom("expected null")),
        }
    }
}

impl Enumeration for NullValue {
    const EXPECTED: &'static str = "a name or number of the enum NullValue";
    const VALUES: &'static [(&'static str, i32)] = &[("NULL_VALUE", 0)];
}

impl crate::payload::Message for Struct {}
impl crate::payload::Message for ListValue {}
impl crate::payload::Message for Value {}

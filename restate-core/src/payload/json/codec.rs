//! What the values of fields look like.

use std::{
    collections::{
        BTreeMap,
        btree_map::{Entry, VacantEntry},
    },
    fmt,
    marker::PhantomData,
};

use serde::{
    Deserialize, Deserializer, Serialize, Serializer,
    de::{Error, MapAccess, SeqAccess, Visitor},
    ser::{self, SerializeMap, SerializeSeq},
};
use serde_json::json;

use super::{
    message::{AsJson, ReadInPlace, Seed},
    scalar::MapKey,
    schema::{Described, Schemas},
};
use crate::payload::{nesting::nested, well_known};

/// How a `T` looks in JSON.
pub trait JsonCodec<T> {
    /// Whether `null` is a value of its own, not the absence of one.
    const READS_NULL: bool = false;

    /// Whether the field is left out.
    fn is_empty(_value: &T) -> bool {
        false
    }

    /// Writes the value.
    fn write<S: Serializer>(value: &T, serializer: S) -> Result<S::Ok, S::Error>;

    /// Reads a value.
    fn read<'de, D: Deserializer<'de>>(deserializer: D) -> Result<T, D::Error>
    where
        T: Default,
    {
        let mut value = T::default();
        Self::read_in_place(&mut value, deserializer)?;
        Ok(value)
    }

    /// Reads a value over an empty one.
    fn read_in_place<'de, D: Deserializer<'de>>(
        place: &mut T,
        deserializer: D,
    ) -> Result<(), D::Error>;

    /// The JSON Schema of values.
    fn schema(schemas: &mut Schemas) -> serde_json::Value;
}

/// A message, by its own form.
#[derive(Debug)]
pub struct MessageField;

impl<T: Described + Serialize + ReadInPlace> JsonCodec<T> for MessageField {
    fn write<S: Serializer>(value: &T, serializer: S) -> Result<S::Ok, S::Error> {
        nested(ser::Error::custom, || value.serialize(serializer))
    }

    fn read_in_place<'de, D: Deserializer<'de>>(
        place: &mut T,
        deserializer: D,
    ) -> Result<(), D::Error> {
        nested(Error::custom, || place.read_in_place(deserializer))
    }

    fn schema(schemas: &mut Schemas) -> serde_json::Value {
        schemas.reference::<T>()
    }
}

/// A `google.protobuf.Value`, which can be `null`.
#[derive(Debug)]
pub struct ValueField;

impl<T: Described + Serialize + ReadInPlace> JsonCodec<T> for ValueField {
    const READS_NULL: bool = true;

    fn write<S: Serializer>(value: &T, serializer: S) -> Result<S::Ok, S::Error> {
        MessageField::write(value, serializer)
    }

    fn read_in_place<'de, D: Deserializer<'de>>(
        place: &mut T,
        deserializer: D,
    ) -> Result<(), D::Error> {
        MessageField::read_in_place(place, deserializer)
    }

    fn schema(schemas: &mut Schemas) -> serde_json::Value {
        <MessageField as JsonCodec<T>>::schema(schemas)
    }
}

/// A `google.protobuf.NullValue`, which is `null`.
#[derive(Debug)]
pub struct NullField;

impl JsonCodec<i32> for NullField {
    const READS_NULL: bool = true;

    fn is_empty(value: &i32) -> bool {
        *value == 0
    }

    fn write<S: Serializer>(_: &i32, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_unit()
    }

    fn read_in_place<'de, D: Deserializer<'de>>(
        place: &mut i32,
        deserializer: D,
    ) -> Result<(), D::Error> {
        *place = well_known::NullValue::deserialize(deserializer)?.into();
        Ok(())
    }

    fn schema(_: &mut Schemas) -> serde_json::Value {
        json!({ "type": "null" })
    }
}

/// A field with presence.
#[derive(Debug)]
pub struct OptionalField<F>(PhantomData<F>);

impl<T: Default, F: JsonCodec<T>> JsonCodec<Option<T>> for OptionalField<F> {
    const READS_NULL: bool = F::READS_NULL;

    fn is_empty(value: &Option<T>) -> bool {
        value.is_none()
    }

    fn write<S: Serializer>(value: &Option<T>, serializer: S) -> Result<S::Ok, S::Error> {
        match value {
            Some(value) => F::write(value, serializer),
            None => serializer.serialize_unit(),
        }
    }

    fn read_in_place<'de, D: Deserializer<'de>>(
        place: &mut Option<T>,
        deserializer: D,
    ) -> Result<(), D::Error> {
        F::read_in_place(begin(place), deserializer)
    }

    fn schema(schemas: &mut Schemas) -> serde_json::Value {
        F::schema(schemas)
    }
}

// In frames of their own, which are gone when the value is read.
#[inline(never)]
fn begin<T: Default>(place: &mut Option<T>) -> &mut T {
    place.insert(T::default())
}

/// A field that is always written.
#[derive(Debug)]
pub struct RequiredField<F>(PhantomData<F>);

impl<T, F: JsonCodec<T>> JsonCodec<T> for RequiredField<F> {
    const READS_NULL: bool = F::READS_NULL;

    fn write<S: Serializer>(value: &T, serializer: S) -> Result<S::Ok, S::Error> {
        F::write(value, serializer)
    }

    fn read_in_place<'de, D: Deserializer<'de>>(
        place: &mut T,
        deserializer: D,
    ) -> Result<(), D::Error> {
        F::read_in_place(place, deserializer)
    }

    fn schema(schemas: &mut Schemas) -> serde_json::Value {
        F::schema(schemas)
    }
}

/// A repeated field.
#[derive(Debug)]
pub struct RepeatedField<F>(PhantomData<F>);

impl<T: Default, F: JsonCodec<T>> JsonCodec<Vec<T>> for RepeatedField<F> {
    fn is_empty(values: &Vec<T>) -> bool {
        values.is_empty()
    }

    fn write<S: Serializer>(values: &Vec<T>, serializer: S) -> Result<S::Ok, S::Error> {
        let mut sequence = serializer.serialize_seq(Some(values.len()))?;
        for value in values {
            sequence.serialize_element(&AsJson::<F, T>(value, PhantomData))?;
        }
        sequence.end()
    }

    fn read_in_place<'de, D: Deserializer<'de>>(
        place: &mut Vec<T>,
        deserializer: D,
    ) -> Result<(), D::Error> {
        *place = deserializer.deserialize_seq(Self::visitor())?;
        Ok(())
    }

    fn schema(schemas: &mut Schemas) -> serde_json::Value {
        json!({ "type": "array", "items": F::schema(schemas) })
    }
}

impl<F> RepeatedField<F> {
    /// What reads an array.
    pub(in crate::payload) fn visitor<'de, T: Default>() -> impl Visitor<'de, Value = Vec<T>>
    where
        F: JsonCodec<T>,
    {
        RepeatedVisitor::<F, T>(PhantomData)
    }
}

struct RepeatedVisitor<F, T>(PhantomData<(F, T)>);

impl<'de, T: Default, F: JsonCodec<T>> Visitor<'de> for RepeatedVisitor<F, T> {
    type Value = Vec<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an array")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut sequence: A) -> Result<Vec<T>, A::Error> {
        let mut values = Vec::new();
        while sequence.next_element_seed(Seed::<F, _>::of(|| push(&mut values)))?.is_some() {}
        Ok(values)
    }
}

#[inline(never)]
fn push<T: Default>(values: &mut Vec<T>) -> &mut T {
    values.push_mut(T::default())
}

/// A map, whose keys are strings in JSON.
#[derive(Debug)]
pub struct MapField<F>(PhantomData<F>);

impl<K: MapKey, T: Default, F: JsonCodec<T>> JsonCodec<BTreeMap<K, T>> for MapField<F> {
    fn is_empty(values: &BTreeMap<K, T>) -> bool {
        values.is_empty()
    }

    fn write<S: Serializer>(values: &BTreeMap<K, T>, serializer: S) -> Result<S::Ok, S::Error> {
        nested(ser::Error::custom, || {
            let mut map = serializer.serialize_map(Some(values.len()))?;
            for (key, value) in values {
                map.serialize_entry(&*key.to_text(), &AsJson::<F, T>(value, PhantomData))?;
            }
            map.end()
        })
    }

    fn read_in_place<'de, D: Deserializer<'de>>(
        place: &mut BTreeMap<K, T>,
        deserializer: D,
    ) -> Result<(), D::Error> {
        *place = deserializer.deserialize_map(Self::visitor())?;
        Ok(())
    }

    fn schema(schemas: &mut Schemas) -> serde_json::Value {
        json!({ "type": "object", "additionalProperties": F::schema(schemas) })
    }
}

impl<F> MapField<F> {
    /// What reads an object.
    pub(in crate::payload) fn visitor<'de, K: MapKey, T: Default>()
    -> impl Visitor<'de, Value = BTreeMap<K, T>>
    where
        F: JsonCodec<T>,
    {
        MapVisitor::<K, F, T>(PhantomData)
    }
}

struct MapVisitor<K, F, T>(PhantomData<(K, F, T)>);

impl<'de, K: MapKey, T: Default, F: JsonCodec<T>> Visitor<'de> for MapVisitor<K, F, T> {
    type Value = BTreeMap<K, T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<BTreeMap<K, T>, A::Error> {
        nested(Error::custom, || {
            let mut values = BTreeMap::new();
            while let Some(text) = map.next_key::<String>()? {
                let key = K::from_text(&text)
                    .ok_or_else(|| Error::custom(format_args!("`{text}` is no {}", K::EXPECTED)))?;
                let Entry::Vacant(entry) = values.entry(key) else {
                    return Err(Error::custom(format_args!("the key `{text}` is there twice")));
                };
                map.next_value_seed(Seed::<F, _>::of(|| fill(entry)))?;
            }
            Ok(values)
        })
    }
}

#[inline(never)]
fn fill<K: Ord, T: Default>(entry: VacantEntry<'_, K, T>) -> &mut T {
    entry.insert(T::default())
}

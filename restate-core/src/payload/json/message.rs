//! Messages as JSON objects.

use std::{borrow::Cow, fmt, marker::PhantomData};

use serde::{
    Deserializer, Serialize, Serializer,
    de::{DeserializeSeed, Error, MapAccess, Visitor},
    ser::SerializeMap,
};

use super::{codec::JsonCodec, schema::Properties};

/// A message that is an object in JSON.
pub trait Object: prost::Name + Default {
    /// Names of each field: the one that is written, then others that are read.
    const FIELDS: &'static [&'static [&'static str]];

    /// Writes the fields that are not empty.
    fn write<M: SerializeMap>(&self, fields: &mut Fields<'_, M>) -> Result<(), M::Error>;

    /// Tells the types of the fields.
    fn describe(properties: &mut Properties<'_>);

    /// Reads the value of `field`, which is the first of its names.
    fn read<'de, A: MapAccess<'de>>(&mut self, field: &str, value: &mut A) -> Result<(), A::Error>;
}

/// Writes `message` as an object.
pub fn serialize<T: Object, S: Serializer>(message: &T, serializer: S) -> Result<S::Ok, S::Error> {
    let mut map = serializer.serialize_map(None)?;
    message.write(&mut Fields { map: &mut map })?;
    map.end()
}

/// Reads a message from an object. Unknown and repeated fields are errors.
pub fn deserialize<'de, T: Object, D: Deserializer<'de>>(deserializer: D) -> Result<T, D::Error> {
    deserializer.deserialize_map(ObjectVisitor(PhantomData))
}

/// The fields of an object that is being written.
#[derive(Debug)]
pub struct Fields<'m, M> {
    map: &'m mut M,
}

impl<M: SerializeMap> Fields<'_, M> {
    /// Writes a field unless it is empty.
    pub fn field<F: JsonCodec<T>, T>(
        &mut self,
        name: &'static str,
        value: &T,
    ) -> Result<(), M::Error> {
        if F::is_empty(value) { Ok(()) } else { self.present::<F, T>(name, value) }
    }

    /// Writes a field, even an empty one.
    pub fn present<F: JsonCodec<T>, T>(
        &mut self,
        name: &'static str,
        value: &T,
    ) -> Result<(), M::Error> {
        self.map.serialize_entry(name, &AsJson::<F, T>(value, PhantomData))
    }
}

/// Reads the value of a field; `null` stands for an empty one.
pub fn read<'de, F: JsonCodec<T>, T: Default, A: MapAccess<'de>>(
    value: &mut A,
) -> Result<T, A::Error> {
    Ok(value.next_value_seed(NullOr::<F, T>(PhantomData))?.unwrap_or_default())
}

/// Reads the value of a oneof's field; `null` leaves the oneof as it is.
pub fn read_variant<'de, F: JsonCodec<T>, T, A: MapAccess<'de>>(
    value: &mut A,
    field: &str,
    is_set: bool,
) -> Result<Option<T>, A::Error> {
    let value = value.next_value_seed(NullOr::<F, T>(PhantomData))?;
    if is_set && value.is_some() {
        return Err(Error::custom(format_args!(
            "field `{field}` excludes another field that is set; keep one of them"
        )));
    }
    Ok(value)
}

/// A value to be written in its form.
pub(super) struct AsJson<'v, F, T>(pub(super) &'v T, pub(super) PhantomData<F>);

impl<F: JsonCodec<T>, T> Serialize for AsJson<'_, F, T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        F::write(self.0, serializer)
    }
}

/// A value to be read in its form.
pub(super) struct Seed<F, T>(pub(super) PhantomData<(F, T)>);

impl<'de, F: JsonCodec<T>, T> DeserializeSeed<'de> for Seed<F, T> {
    type Value = T;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<T, D::Error> {
        F::read(deserializer)
    }
}

/// As [`Seed`], or `null` where the form has no use for it.
struct NullOr<F, T>(PhantomData<(F, T)>);

impl<'de, F: JsonCodec<T>, T> DeserializeSeed<'de> for NullOr<F, T> {
    type Value = Option<T>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Option<T>, D::Error> {
        if F::READS_NULL {
            F::read(deserializer).map(Some)
        } else {
            deserializer.deserialize_option(self)
        }
    }
}

impl<'de, F: JsonCodec<T>, T> Visitor<'de> for NullOr<F, T> {
    type Value = Option<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value or null")
    }

    fn visit_none<E: Error>(self) -> Result<Option<T>, E> {
        Ok(None)
    }

    fn visit_unit<E: Error>(self) -> Result<Option<T>, E> {
        Ok(None)
    }

    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<Option<T>, D::Error> {
        F::read(deserializer).map(Some)
    }
}

struct ObjectVisitor<T>(PhantomData<T>);

impl<'de, T: Object> Visitor<'de> for ObjectVisitor<T> {
    type Value = T;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "an object with the fields of {}", T::full_name())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<T, A::Error> {
        let mut message = T::default();
        let mut seen = Vec::new();
        while let Some(key) = map.next_key_seed(Name)? {
            let Some(index) = T::FIELDS.iter().position(|names| names.contains(&&*key)) else {
                return Err(Error::custom(unknown_field::<T>(&key)));
            };
            let name = T::FIELDS[index][0];
            if seen.contains(&index) {
                return Err(Error::duplicate_field(name));
            }
            seen.push(index);
            message.read(name, &mut map)?;
        }
        Ok(message)
    }
}

fn unknown_field<T: Object>(name: &str) -> String {
    let fields: Vec<_> = T::FIELDS.iter().map(|names| format!("`{}`", names[0])).collect();
    let known = match &fields[..] {
        [] => "no fields".to_owned(),
        [one] => format!("only {one}"),
        [.., last] if fields.len() <= MOST_SHOWN => {
            format!("{} and {last}", fields[..fields.len() - 1].join(", "))
        }
        _ => format!("{} and others", fields[..MOST_SHOWN].join(", ")),
    };
    format!("unknown field `{name}`; {} has {known}", T::full_name())
}

/// The number of field names that an error lists; more would not be read.
const MOST_SHOWN: usize = 8;

/// A field's name, borrowed where the input allows it.
struct Name;

impl<'de> DeserializeSeed<'de> for Name {
    type Value = Cow<'de, str>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Cow<'de, str>, D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl<'de> Visitor<'de> for Name {
    type Value = Cow<'de, str>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the name of a field")
    }

    fn visit_borrowed_str<E: Error>(self, name: &'de str) -> Result<Cow<'de, str>, E> {
        Ok(Cow::Borrowed(name))
    }

    fn visit_str<E: Error>(self, name: &str) -> Result<Cow<'de, str>, E> {
        Ok(Cow::Owned(name.to_owned()))
    }
}

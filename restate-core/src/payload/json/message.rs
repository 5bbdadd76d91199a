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

    /// What reads the value of `field`, which is the first of its names. A function for each field
    /// keeps frames small: one for all would hold what each of them needs, at each level.
    fn reader<'de, A: MapAccess<'de>>(field: &str) -> Reader<Self, A, A::Error>;
}

/// Reads the value of a field of `T`.
pub type Reader<T, A, E> = fn(&mut T, &mut A) -> Result<(), E>;

/// A message that is read where it will stay, so that no level of a nested value holds one on the
/// stack.
pub trait ReadInPlace: Default {
    /// Reads over `self`, which is empty.
    fn read_in_place<'de, D: Deserializer<'de>>(&mut self, deserializer: D)
    -> Result<(), D::Error>;
}

impl<T: ReadInPlace> ReadInPlace for Box<T> {
    fn read_in_place<'de, D: Deserializer<'de>>(
        &mut self,
        deserializer: D,
    ) -> Result<(), D::Error> {
        (**self).read_in_place(deserializer)
    }
}

/// Writes `message` as an object.
pub fn serialize<T: Object, S: Serializer>(message: &T, serializer: S) -> Result<S::Ok, S::Error> {
    let mut map = serializer.serialize_map(None)?;
    message.write(&mut Fields { map: &mut map })?;
    map.end()
}

/// Reads a message from an object. Unknown and repeated fields are errors.
pub fn deserialize<'de, T: Object, D: Deserializer<'de>>(deserializer: D) -> Result<T, D::Error> {
    let mut message = T::default();
    deserialize_in_place(&mut message, deserializer)?;
    Ok(message)
}

/// As [`deserialize`], over an empty message.
pub fn deserialize_in_place<'de, T: Object, D: Deserializer<'de>>(
    message: &mut T,
    deserializer: D,
) -> Result<(), D::Error> {
    deserializer.deserialize_map(ObjectVisitor(message))
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

/// Reads the value of a field that is empty so far; `null` leaves it so.
pub fn read<'de, F: JsonCodec<T>, T, A: MapAccess<'de>>(
    place: &mut T,
    value: &mut A,
) -> Result<(), A::Error> {
    value.next_value_seed(NullOr::<F, _>::of(|| Ok(place)))
}

/// Reads the value of a oneof's field, which `variant` makes and `content` shows; `null` leaves the
/// oneof as it is.
pub fn read_variant<'de, F: JsonCodec<T>, T: Default, O, A: MapAccess<'de>>(
    place: &mut Option<O>,
    value: &mut A,
    field: &str,
    variant: fn(T) -> O,
    content: fn(&mut O) -> Option<&mut T>,
) -> Result<(), A::Error> {
    value.next_value_seed(NullOr::<F, _>::of(|| {
        if place.is_some() {
            return Err(format!(
                "field `{field}` excludes another field that is set; keep one of them"
            ));
        }
        let begun = begin_variant(place, variant);
        content(begun).ok_or_else(|| format!("field `{field}` is not in its oneof"))
    }))
}

/// In a frame of its own, which is gone when the value is read.
#[inline(never)]
fn begin_variant<T: Default, O>(place: &mut Option<O>, variant: fn(T) -> O) -> &mut O {
    place.insert(variant(T::default()))
}

/// A value to be written in its form.
pub(super) struct AsJson<'v, F, T>(pub(super) &'v T, pub(super) PhantomData<F>);

impl<F: JsonCodec<T>, T> Serialize for AsJson<'_, F, T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        F::write(self.0, serializer)
    }
}

/// A value that is read over an empty one, which `begin` makes only if there is a value.
pub(super) struct Seed<F, B>(B, PhantomData<F>);

impl<'p, F, B> Seed<F, B> {
    pub(super) fn of<T: 'p>(begin: B) -> Self
    where
        B: FnOnce() -> &'p mut T,
    {
        Self(begin, PhantomData)
    }
}

impl<'de, 'p, T: 'p, F: JsonCodec<T>, B: FnOnce() -> &'p mut T> DeserializeSeed<'de>
    for Seed<F, B>
{
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        F::read_in_place((self.0)(), deserializer)
    }
}

/// As [`Seed`], or `null` where the codec has no use for it.
struct NullOr<F, B>(B, PhantomData<F>);

impl<'p, F, B> NullOr<F, B> {
    fn of<T: 'p>(begin: B) -> Self
    where
        B: FnOnce() -> Result<&'p mut T, String>,
    {
        Self(begin, PhantomData)
    }
}

impl<'de, 'p, T: 'p, F: JsonCodec<T>, B: FnOnce() -> Result<&'p mut T, String>> DeserializeSeed<'de>
    for NullOr<F, B>
{
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        if F::READS_NULL {
            F::read_in_place((self.0)().map_err(Error::custom)?, deserializer)
        } else {
            deserializer.deserialize_option(self)
        }
    }
}

impl<'de, 'p, T: 'p, F: JsonCodec<T>, B: FnOnce() -> Result<&'p mut T, String>> Visitor<'de>
    for NullOr<F, B>
{
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value or null")
    }

    fn visit_none<E: Error>(self) -> Result<(), E> {
        Ok(())
    }

    fn visit_unit<E: Error>(self) -> Result<(), E> {
        Ok(())
    }

    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        F::read_in_place((self.0)().map_err(Error::custom)?, deserializer)
    }
}

struct ObjectVisitor<'m, T>(&'m mut T);

impl<'de, T: Object> Visitor<'de> for ObjectVisitor<'_, T> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "an object with the fields of {}", T::full_name())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
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
            T::reader::<A>(name)(self.0, &mut map)?;
        }
        Ok(())
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

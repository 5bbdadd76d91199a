//! Enums by name; numbers without a name stay numbers.

use std::marker::PhantomData;

use serde::{Deserializer, Serializer};
use serde_json::{Value, json};

use super::{
    codec::JsonCodec,
    number::{Number, TextForm, read_text},
    schema::Schemas,
};

/// An enum of a contract.
pub trait Enumeration {
    /// What messages say was expected in place of a value that it does not have.
    const EXPECTED: &'static str;
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

    fn read_in_place<'de, D: Deserializer<'de>>(
        place: &mut i32,
        deserializer: D,
    ) -> Result<(), D::Error> {
        let form = TextForm { expected: E::EXPECTED, number: i32::parse, string: number_of::<E> };
        *place = read_text(deserializer, form)?;
        Ok(())
    }

    fn schema(_: &mut Schemas) -> Value {
        let names = E::VALUES.iter().map(|(name, _)| *name).collect::<Vec<_>>();
        json!({ "anyOf": [{ "enum": names }, { "type": "integer" }] })
    }
}

fn number_of<E: Enumeration>(name: &str) -> Option<i32> {
    E::VALUES.iter().find(|(value, _)| *value == name).map(|(_, number)| *number)
}

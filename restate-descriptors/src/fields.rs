//! The fields of an encoded message, for changes that keep all other bytes.
//!
//! Decoding a descriptor into prost's types drops the options of a contract, which are extensions.

use std::{error::Error, fmt};

/// The fields of a message, in their order.
#[derive(Debug, Default)]
pub struct Fields(Vec<Field>);

#[derive(Debug)]
struct Field {
    number: u32,
    value: FieldValue,
}

#[derive(Debug)]
enum FieldValue {
    Varint(u64),
    Bytes(Vec<u8>),
    /// Of any other wire type, with its key.
    Raw(Vec<u8>),
}

/// The error for bytes that are not an encoded message.
#[derive(Clone, Copy, Debug)]
pub struct NotAMessage;

impl fmt::Display for NotAMessage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("it ends inside of a field, or has a field of an unknown wire type")
    }
}

impl Error for NotAMessage {}

impl Fields {
    /// Reads an encoded message.
    ///
    /// # Errors
    ///
    /// If `message` is not one.
    pub fn decode(mut message: &[u8]) -> Result<Self, NotAMessage> {
        let mut fields = Vec::new();
        while !message.is_empty() {
            fields.push(Field::take(&mut message).ok_or(NotAMessage)?);
        }
        Ok(Self(fields))
    }

    /// The message, with these fields in this order.
    pub fn encode(&self) -> Vec<u8> {
        let mut message = Vec::new();
        for Field { number, value } in &self.0 {
            match value {
                FieldValue::Varint(value) => {
                    put_key(*number, VARINT, &mut message);
                    put_varint(*value, &mut message);
                }
                FieldValue::Bytes(bytes) => {
                    put_key(*number, LENGTH_DELIMITED, &mut message);
                    put_varint(bytes.len() as u64, &mut message);
                    message.extend_from_slice(bytes);
                }
                FieldValue::Raw(raw) => message.extend_from_slice(raw),
            }
        }
        message
    }

    /// The value of a singular integer, enum or bool.
    pub fn varint(&self, number: u32) -> Option<u64> {
        self.0.iter().rev().find_map(|field| match field.value {
            FieldValue::Varint(value) if field.number == number => Some(value),
            _ => None,
        })
    }

    /// Each value of a string, bytes or message field.
    pub fn all(&self, number: u32) -> impl Iterator<Item = &[u8]> {
        self.0.iter().filter_map(move |field| match &field.value {
            FieldValue::Bytes(bytes) if field.number == number => Some(&bytes[..]),
            _ => None,
        })
    }

    /// The value of a singular message field: its parts, which may be several, are one message.
    pub fn message(&self, number: u32) -> Vec<u8> {
        self.all(number).collect::<Vec<_>>().concat()
    }

    /// The value of a singular string.
    pub fn text(&self, number: u32) -> &str {
        self.all(number).last().and_then(|it| str::from_utf8(it).ok()).unwrap_or_default()
    }

    /// Replaces a singular integer, enum or bool.
    pub fn set_varint(&mut self, number: u32, value: u64) {
        self.remove(number);
        self.0.push(Field { number, value: FieldValue::Varint(value) });
    }

    /// Replaces a singular string, bytes or message field.
    pub fn set_bytes(&mut self, number: u32, value: Vec<u8>) {
        self.remove(number);
        self.push_bytes(number, value);
    }

    /// Adds a value of a string, bytes or message field.
    pub fn push_bytes(&mut self, number: u32, value: Vec<u8>) {
        self.0.push(Field { number, value: FieldValue::Bytes(value) });
    }

    /// Removes all values of a field.
    pub fn remove(&mut self, number: u32) {
        self.0.retain(|field| field.number != number);
    }

    /// Replaces each value of a message field by what `change` returns.
    ///
    /// # Errors
    ///
    /// That of `change`.
    pub fn change_all(
        &mut self,
        number: u32,
        mut change: impl FnMut(&[u8]) -> Result<Vec<u8>, NotAMessage>,
    ) -> Result<(), NotAMessage> {
        for field in self.0.iter_mut().filter(|field| field.number == number) {
            if let FieldValue::Bytes(bytes) = &mut field.value {
                *bytes = change(bytes)?;
            }
        }
        Ok(())
    }
}

impl Field {
    fn take(message: &mut &[u8]) -> Option<Self> {
        let start = *message;
        let key = take_varint(message)?;
        let (number, wire_type) = (u32::try_from(key >> 3).ok()?, key & 7);
        let value = match wire_type {
            VARINT => FieldValue::Varint(take_varint(message)?),
            LENGTH_DELIMITED => {
                let length = usize::try_from(take_varint(message)?).ok()?;
                FieldValue::Bytes(message.split_off(..length)?.to_vec())
            }
            _ => {
                skip(wire_type, number, message, 0)?;
                FieldValue::Raw(start[..start.len() - message.len()].to_vec())
            }
        };
        Some(Self { number, value })
    }
}

const VARINT: u64 = 0;
const FIXED64: u64 = 1;
const LENGTH_DELIMITED: u64 = 2;
const START_GROUP: u64 = 3;
const END_GROUP: u64 = 4;
const FIXED32: u64 = 5;

/// Nested groups that are followed: as many messages as prost decodes.
const DEPTH: usize = 100;

fn skip(wire_type: u64, number: u32, message: &mut &[u8], depth: usize) -> Option<()> {
    match wire_type {
        VARINT => take_varint(message).map(drop),
        FIXED64 => message.split_off(..8).map(drop),
        FIXED32 => message.split_off(..4).map(drop),
        LENGTH_DELIMITED => {
            let length = usize::try_from(take_varint(message)?).ok()?;
            message.split_off(..length).map(drop)
        }
        START_GROUP if depth < DEPTH => loop {
            let key = take_varint(message)?;
            let (inner, wire_type) = (u32::try_from(key >> 3).ok()?, key & 7);
            if wire_type == END_GROUP {
                return (inner == number).then_some(());
            }
            skip(wire_type, inner, message, depth + 1)?;
        },
        _ => None,
    }
}

fn take_varint(message: &mut &[u8]) -> Option<u64> {
    let mut value = 0;
    for shift in (0..64).step_by(7) {
        let byte = *message.split_off_first()?;
        value |= u64::from(byte & 0x7f) << shift;
        if byte < 0x80 {
            return Some(value);
        }
    }
    None
}

fn put_key(number: u32, wire_type: u64, message: &mut Vec<u8>) {
    put_varint(u64::from(number) << 3 | wire_type, message);
}

fn put_varint(mut value: u64, message: &mut Vec<u8>) {
    loop {
        let byte = value.to_le_bytes()[0];
        value >>= 7;
        if value == 0 {
            message.push(byte);
            return;
        }
        message.push(byte | 0x80);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_changed_stays_as_it_is() {
        // Field 1: varint 300; 2: "a"; 3: fixed32; 4: fixed64; 5: a group with field 6 in it.
        let message = [
            &[0x08, 0xac, 0x02, 0x12, 0x01, b'a', 0x1d, 1, 2, 3, 4][..],
            &[0x21, 1, 2, 3, 4, 5, 6, 7, 8, 0x2b, 0x30, 0x01, 0x2c],
        ];
        let message = message.concat();
        let mut fields = Fields::decode(&message).unwrap();
        assert_eq!((fields.varint(1), fields.text(2)), (Some(300), "a"));
        assert_eq!(fields.encode(), message);

        fields.set_varint(1, 1);
        fields.remove(2);
        assert_eq!(fields.encode(), [&message[6..], &[0x08, 0x01]].concat());
    }

    #[test]
    fn bytes_that_are_no_message_are_refused() {
        for bytes in [&[0x08][..], &[0x12, 0x05, 1], &[0x2b, 0x30], &[0x2c], &[0xff; 11]] {
            assert!(Fields::decode(bytes).is_err(), "{bytes:?}");
        }
    }
}

//! Values as JSON text, which can be read again whatever is written.

use std::io;

use bytes::Bytes;
use serde::{Serialize, de::DeserializeOwned};
use serde_json::{
    Deserializer, Serializer,
    ser::{CompactFormatter, Formatter},
};

use crate::payload::{
    Message, PayloadError,
    buffer::Buffer,
    nesting::{Stack, TooDeep, with_large_stack, with_room},
    unnamed::without_bom,
};

/// Writes a message; its own levels are counted as it is written.
pub(crate) fn message_to_json<M: Message>(message: &M) -> Result<Bytes, PayloadError> {
    with_room(|| {
        let mut buffer = Buffer::new();
        serde_json::to_writer(&mut buffer, message).map_err(PayloadError::new::<M>)?;
        Ok(buffer.into_bytes())
    })
}

/// Reads a message; its own levels are counted as it is read.
pub(crate) fn message_from_json<M: Message>(json: &[u8]) -> Result<M, PayloadError> {
    with_room(|| {
        let mut deserializer = Deserializer::from_slice(without_bom(json));
        deserializer.disable_recursion_limit();
        let message = M::deserialize(&mut deserializer).map_err(PayloadError::new::<M>)?;
        deserializer.end().map_err(PayloadError::new::<M>)?;
        Ok(message)
    })
}

/// Writes any value, with as many levels as [`from_json`] reads.
pub(crate) fn to_json<T: Serialize>(value: &T) -> Result<Bytes, PayloadError> {
    let mut buffer = Buffer::new();
    let mut serializer = Serializer::with_formatter(&mut buffer, Levels::default());
    value.serialize(&mut serializer).map_err(PayloadError::new::<T>)?;
    Ok(buffer.into_bytes())
}

/// Reads any value. serde_json bounds its levels, but not the size of their frames.
pub(crate) fn from_json<T: DeserializeOwned + Send>(json: &[u8]) -> Result<T, PayloadError> {
    let read = || serde_json::from_slice(without_bom(json)).map_err(PayloadError::new::<T>);
    if is_shallow(json) { read() } else { with_large_stack(read) }
}

/// Levels of arrays and objects that serde_json reads.
const MAX_LEVELS: usize = 127;

/// Levels for which any stack suffices.
const SHALLOW: usize = 16;

/// Writes JSON without spaces, and counts its levels.
struct Levels {
    level: usize,
    stack: Stack,
}

impl Default for Levels {
    fn default() -> Self {
        Self { level: 0, stack: Stack::current() }
    }
}

impl Levels {
    fn enter(&mut self) -> io::Result<()> {
        self.level += 1;
        if self.level > MAX_LEVELS {
            let message =
                format!("arrays and objects are nested more than {MAX_LEVELS} levels deep");
            return Err(io::Error::other(message));
        }
        if self.stack.is_used_up() {
            return Err(io::Error::other(TooDeep::Stack));
        }
        Ok(())
    }
}

impl Formatter for Levels {
    fn begin_array<W: ?Sized + io::Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.enter()?;
        CompactFormatter.begin_array(writer)
    }

    fn end_array<W: ?Sized + io::Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.level -= 1;
        CompactFormatter.end_array(writer)
    }

    fn begin_object<W: ?Sized + io::Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.enter()?;
        CompactFormatter.begin_object(writer)
    }

    fn end_object<W: ?Sized + io::Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.level -= 1;
        CompactFormatter.end_object(writer)
    }
}

/// Whether `json` has few levels.
fn is_shallow(json: &[u8]) -> bool {
    let begins = |byte: &&u8| matches!(byte, b'[' | b'{');
    // Most values have few levels because they have few arrays and objects, which is told faster.
    if json.iter().filter(begins).count() <= SHALLOW {
        return true;
    }
    let (mut level, mut in_string, mut bytes) = (0_usize, false, json.iter());
    while let Some(byte) = bytes.next() {
        match byte {
            b'"' => in_string = !in_string,
            b'\\' if in_string => {
                bytes.next();
            }
            b'[' | b'{' if !in_string => level += 1,
            b']' | b'}' if !in_string => level = level.saturating_sub(1),
            _ => {}
        }
        if level > SHALLOW {
            return false;
        }
    }
    true
}

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
            // Outside of strings, JSON has none.
            b'\\' => {
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

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::{MAX_LEVELS, SHALLOW, from_json, is_shallow, to_json};

    /// Arrays and objects, each in the one before.
    fn nested(levels: usize) -> Value {
        (0..levels).fold(Value::Null, |inner, level| match level % 2 {
            0 => json!([inner]),
            _ => json!({ "a": inner }),
        })
    }

    #[test]
    fn as_many_levels_are_written_as_are_read() {
        let deepest = nested(MAX_LEVELS);
        assert_eq!(from_json::<Value>(&to_json(&deepest).unwrap()).unwrap(), deepest);
        let error = to_json(&nested(MAX_LEVELS + 1)).unwrap_err().to_string();
        assert!(error.contains("nested more than 127 levels deep"), "{error}");
    }

    #[test]
    fn levels_that_have_ended_are_not_counted() {
        let wide = Value::from(vec![nested(2); MAX_LEVELS]);
        assert_eq!(from_json::<Value>(&to_json(&wide).unwrap()).unwrap(), wide);
    }

    #[test]
    fn neither_many_values_nor_brackets_in_strings_make_json_deep() {
        let (most, one_more) = (nested(SHALLOW - 1), nested(SHALLOW));
        let brackets = "[{".repeat(SHALLOW);
        for shallow in [json!([most, most]), json!([brackets]), json!([format!("\"{brackets}")])] {
            assert!(is_shallow(shallow.to_string().as_bytes()), "{shallow}");
        }
        for deep in [json!([one_more]), json!(["]]", one_more]), json!(["\"", most, one_more])] {
            assert!(!is_shallow(deep.to_string().as_bytes()), "{deep}");
        }
    }
}

//! Protobuf messages of unknown type, by field number.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use bytes::Buf as _;
use prost::encoding::{WireType, decode_key, decode_varint};
use serde_json::{Map, Value};

/// How many levels of nested messages are decoded; every level is another guess.
const MAX_DEPTH: u32 = 8;

/// The fields of a message, with integers as they are on the wire, or `None` for other bytes.
pub(super) fn message(bytes: &[u8]) -> Option<Value> {
    fields(bytes, MAX_DEPTH).map(Value::Object)
}

fn fields(mut bytes: &[u8], depth: u32) -> Option<Map<String, Value>> {
    let mut fields = Map::new();
    while !bytes.is_empty() {
        let (number, wire_type) = decode_key(&mut bytes).ok()?;
        let value = match wire_type {
            WireType::Varint => decode_varint(&mut bytes).ok()?.into(),
            WireType::ThirtyTwoBit => bytes.try_get_u32_le().ok()?.into(),
            WireType::SixtyFourBit => bytes.try_get_u64_le().ok()?.into(),
            WireType::LengthDelimited => {
                let length = usize::try_from(decode_varint(&mut bytes).ok()?).ok()?;
                let (inner, rest) = bytes.split_at_checked(length)?;
                bytes = rest;
                delimited(inner, depth)
            }
            WireType::StartGroup | WireType::EndGroup => return None,
        };
        match fields.get_mut(&number.to_string()) {
            None => drop(fields.insert(number.to_string(), value)),
            Some(Value::Array(values)) => values.push(value),
            Some(first) => *first = vec![first.take(), value].into(),
        }
    }
    Some(fields)
}

/// Tries text first, because short texts often parse as messages.
fn delimited(bytes: &[u8], depth: u32) -> Value {
    if let Some(text) = super::printable(bytes) {
        return text.into();
    }
    let inner = depth.checked_sub(1).and_then(|depth| fields(bytes, depth));
    inner.map_or_else(|| STANDARD.encode(bytes).into(), Value::Object)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn fields_are_shown_by_number() {
        // 1: "r-1", 2: 300, 3: { 1: 7 }, 3: { 1: 8 }
        let bytes = b"\x0a\x03r-1\x10\xac\x02\x1a\x02\x08\x07\x1a\x02\x08\x08";
        let expected = json!({ "1": "r-1", "2": 300, "3": [{ "1": 7 }, { "1": 8 }] });
        assert_eq!(message(bytes), Some(expected));
    }

    #[test]
    fn other_bytes_are_not_messages() {
        for bytes in [&b"\x0a\x05abc"[..], b"\xff\xff", b"\x08", b"\x00\x01", b"\x0b\x0c"] {
            assert_eq!(message(bytes), None, "{bytes:?}");
        }
    }
}

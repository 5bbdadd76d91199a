//! Messages whose encoding nobody has named.
//!
//! A journal does not say how a value is encoded. Most binary messages are not JSON, but some are: a
//! group with number 15 begins with `{`, and `google.protobuf.StringValue` with 34 characters begins
//! with a line feed and a quote. So:
//!
//! - Who writes a value for an unknown reader writes no binary that is JSON as well ([`encode_given`]),
//!   or names the encoding.
//! - Who reads such a value takes it for JSON if it is JSON of the type, and else for binary
//!   ([`decode_given`]).
//! - Who knows how the value was probably encoded tries that first ([`decode_likely`]).

use bytes::Bytes;
use serde::de::IgnoredAny;

use super::{Encoding, Format, Payload, PayloadError, ValueFor};

/// A byte order mark, which some programs write in front of JSON.
const BOM: &[u8] = "\u{feff}".as_bytes();

/// JSON without a byte order mark.
pub(super) fn without_bom(text: &[u8]) -> &[u8] {
    text.strip_prefix(BOM).unwrap_or(text)
}

/// Whether all of these bytes are one JSON value.
pub fn is_json(bytes: &[u8]) -> bool {
    begins_like_json(bytes) && serde_json::from_slice::<IgnoredAny>(without_bom(bytes)).is_ok()
}

fn begins_like_json(bytes: &[u8]) -> bool {
    let first =
        without_bom(bytes).iter().find(|byte| !matches!(byte, b' ' | b'\n' | b'\r' | b'\t'));
    first.is_some_and(|first| {
        matches!(first, b'{' | b'[' | b'"' | b'-' | b'0'..=b'9' | b't' | b'f' | b'n')
    })
}

/// The value as bytes for a reader who is not told their encoding.
///
/// # Errors
///
/// When the value cannot be encoded.
pub fn encode_given<T: Payload>(
    value: &impl ValueFor<T>,
) -> Result<(Bytes, Encoding), PayloadError> {
    let encoding = T::FORMAT.preferred();
    let bytes = value.encode_value(encoding)?;
    if T::FORMAT == Format::Message && is_json(&bytes) {
        return Ok((value.encode_value(Encoding::Json)?, Encoding::Json));
    }
    Ok((bytes, encoding))
}

/// Reads bytes whose encoding is unknown.
///
/// # Errors
///
/// When they are not a value of the type in any encoding.
pub fn decode_given<T: Payload>(bytes: Bytes) -> Result<T, PayloadError> {
    match T::FORMAT {
        Format::Message => unnamed(bytes, T::decode).map(|(value, _)| value),
        format => T::decode(bytes, format.preferred()),
    }
}

/// Reads a message whose encoding is unknown, and tells which it was.
pub(crate) fn unnamed<T>(
    bytes: Bytes,
    decode: impl Fn(Bytes, Encoding) -> Result<T, PayloadError>,
) -> Result<(T, Encoding), PayloadError> {
    if !begins_like_json(&bytes) {
        return Ok((decode(bytes, Encoding::Proto)?, Encoding::Proto));
    }
    match decode(bytes.clone(), Encoding::Json) {
        Ok(value) => Ok((value, Encoding::Json)),
        // Whoever wrote this meant JSON, unless it is binary.
        Err(error) => match decode(bytes, Encoding::Proto) {
            Ok(value) => Ok((value, Encoding::Proto)),
            Err(_) => Err(error),
        },
    }
}

/// Reads bytes that are in this encoding, unless they cannot be.
///
/// # Errors
///
/// When they are not a value of the type in any encoding.
pub fn decode_likely<T: Payload>(bytes: Bytes, likely: Encoding) -> Result<T, PayloadError> {
    let other = match (T::FORMAT, likely) {
        (Format::Message, Encoding::Json) => Encoding::Proto,
        (Format::Message, _) if begins_like_json(&bytes) => Encoding::Json,
        _ => return T::decode(bytes, likely),
    };
    T::decode(bytes.clone(), likely).or_else(|error| T::decode(bytes, other).map_err(|_| error))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::payload::well_known::{Int64Value, StringValue, Struct};

    fn text(value: &str) -> StringValue {
        StringValue { value: value.to_owned() }
    }

    #[test]
    fn json_begins_with_white_space_or_a_byte_order_mark_or_neither() {
        for json in ["{}", " {}", "\r\n\t{}", "\u{feff}{}", "\u{feff} {}"] {
            assert!(is_json(json.as_bytes()), "{json:?}");
            let read: Struct = decode_given(Bytes::from(json)).unwrap();
            assert!(read.fields.is_empty());
        }
        for binary in [&b""[..], b" ", b"\x0a\x02hi", b"{\x08\x01|", b"{} x"] {
            assert!(!is_json(binary), "{binary:?}");
        }
    }

    #[test]
    fn a_given_message_is_read_as_it_was_written() {
        // The second is JSON, too: a line feed, and a text in quotes.
        for value in [text("hi"), text(&format!("{}\"", "x".repeat(33))), text("")] {
            let read: StringValue = decode_given(encode_given(&value).unwrap().0).unwrap();
            assert_eq!(read, value);
        }
    }

    #[test]
    fn json_that_is_no_object_is_read_as_json() {
        let read: StringValue = decode_given(Bytes::from_static(b" \"hi\"")).unwrap();
        assert_eq!(read.value, "hi");
        // It is valid binary, too: an unknown field.
        let read: Int64Value = decode_given(Bytes::from_static(b"-1234")).unwrap();
        assert_eq!(read.value, -1234);
    }

    #[test]
    fn what_is_likely_decides_where_both_are_possible() {
        let value = text(&format!("{}\"", "x".repeat(33)));
        let binary = value.encode(Encoding::Proto).unwrap();
        assert!(is_json(&binary));
        let read = |likely| decode_likely::<StringValue>(binary.clone(), likely).unwrap();
        assert_eq!(read(Encoding::Proto), value);
        assert_eq!(read(Encoding::Json), text(&"x".repeat(33)));
        let json = decode_likely::<StringValue>(Bytes::from_static(b"\"hi\""), Encoding::Proto);
        assert_eq!(json.unwrap(), text("hi"));
    }

    #[test]
    fn the_error_is_about_the_encoding_that_was_meant() {
        let error = decode_given::<Struct>(Bytes::from_static(b"{\"a\":")).unwrap_err();
        assert!(error.to_string().contains("EOF"), "{error}");
        let error = decode_given::<StringValue>(Bytes::from_static(b"\x0a\x09hi")).unwrap_err();
        assert!(error.to_string().contains("Protobuf"), "{error}");
    }
}

//! Messages that are text in JSON.

use std::{fmt, marker::PhantomData};

use serde::{
    Deserializer,
    de::{Error, Unexpected, Visitor},
};

/// Reads text that `parse` knows; anything else is not what was `expected`.
pub(super) fn read<'de, T, D: Deserializer<'de>>(
    deserializer: D,
    expected: &'static str,
    parse: fn(&str) -> Option<T>,
) -> Result<T, D::Error> {
    deserializer.deserialize_str(Text { expected, parse, of: PhantomData })
}

struct Text<T> {
    expected: &'static str,
    parse: fn(&str) -> Option<T>,
    of: PhantomData<T>,
}

impl<T> Visitor<'_> for Text<T> {
    type Value = T;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.expected)
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<T, E> {
        (self.parse)(text).ok_or_else(|| E::invalid_value(Unexpected::Str(text), &self))
    }
}

/// A fraction of a second, with no, three, six or nine digits.
pub(super) fn fraction(nanos: u32) -> String {
    match nanos {
        0 => String::new(),
        _ if nanos.is_multiple_of(1_000_000) => format!(".{:03}", nanos / 1_000_000),
        _ if nanos.is_multiple_of(1_000) => format!(".{:06}", nanos / 1_000),
        _ => format!(".{nanos:09}"),
    }
}

/// The nanoseconds that the digits behind a point stand for: one to nine of them.
pub(super) fn nanos(digits: &str) -> Option<u32> {
    let count = u32::try_from(digits.len()).ok().filter(|count| (1..=9).contains(count))?;
    Some(number::<u32>(digits)? * 10_u32.pow(9 - count))
}

/// A number of digits alone, without a sign.
pub(super) fn number<T: std::str::FromStr>(digits: &str) -> Option<T> {
    let are_digits = !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit());
    digits.parse().ok().filter(|_| are_digits)
}

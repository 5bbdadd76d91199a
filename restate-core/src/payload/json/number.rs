//! Numbers, read exactly from their text.

use std::{borrow::Cow, fmt};

use serde::{
    Deserializer,
    de::{DeserializeSeed, Error, IgnoredAny, MapAccess, Unexpected, Visitor},
};

/// A number that JSON holds as a number or as text.
pub trait Number: Sized {
    /// What it is called in messages.
    const EXPECTED: &'static str;

    /// The number that `text` stands for in JSON's notation; `None` if it has no such number exactly.
    fn parse(text: &str) -> Option<Self>;

    /// The number that a string stands for.
    fn parse_string(text: &str) -> Option<Self> {
        Self::parse(text)
    }
}

macro_rules! integers {
    ($($ty:ty = $expected:literal),*) => {$(
        impl Number for $ty {
            const EXPECTED: &'static str = $expected;

            fn parse(text: &str) -> Option<Self> {
                let is_plain = !text.starts_with('+');
                text.parse().ok().filter(|_| is_plain).or_else(|| integer(text)?.try_into().ok())
            }
        }
    )*};
}

integers!(
    i32 = "a 32-bit integer",
    u32 = "an unsigned 32-bit integer",
    i64 = "a 64-bit integer",
    u64 = "an unsigned 64-bit integer"
);

macro_rules! floats {
    ($($ty:ident = $expected:literal),*) => {$(
        impl Number for $ty {
            const EXPECTED: &'static str = $expected;

            fn parse(text: &str) -> Option<Self> {
                // Rust also takes `inf`, `+1`, `.5` and `1.`.
                Parts::of(text)?;
                text.parse().ok().filter(|number: &$ty| number.is_finite())
            }

            fn parse_string(text: &str) -> Option<Self> {
                match text {
                    "NaN" => Some($ty::NAN),
                    "Infinity" => Some($ty::INFINITY),
                    "-Infinity" => Some($ty::NEG_INFINITY),
                    _ => Self::parse(text),
                }
            }
        }
    )*};
}

floats!(f32 = "a 32-bit float", f64 = "a number");

/// Reads a number from a number or from text; `1.0` and `1e2` are integers too.
pub(super) fn read_number<'de, T: Number, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<T, D::Error> {
    read_text(
        deserializer,
        TextForm { expected: T::EXPECTED, number: T::parse, string: T::parse_string },
    )
}

/// How a value is read from the text of a number or from a string.
pub(super) struct TextForm<T> {
    pub(super) expected: &'static str,
    pub(super) number: fn(&str) -> Option<T>,
    pub(super) string: fn(&str) -> Option<T>,
}

/// Reads a value from the text that stands for it, as serde's numbers have lost digits.
pub(super) fn read_text<'de, T, D: Deserializer<'de>>(
    deserializer: D,
    form: TextForm<T>,
) -> Result<T, D::Error> {
    deserializer.deserialize_newtype_struct(RAW_VALUE, RawVisitor(form))
}

/// The name by which `serde_json` passes the text of a value, as its `RawValue` asks for it. That
/// type cannot be used here: it would copy each number, and other formats would not be read.
const RAW_VALUE: &str = "$serde_json::private::RawValue";

struct RawVisitor<T>(TextForm<T>);

impl<'de, T> Visitor<'de> for RawVisitor<T> {
    type Value = T;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0.expected)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut raw: A) -> Result<T, A::Error> {
        raw.next_key::<IgnoredAny>()?;
        raw.next_value_seed(JsonText(self.0))
    }

    /// The value in a format other than that of `serde_json`.
    fn visit_newtype_struct<D: Deserializer<'de>>(self, deserializer: D) -> Result<T, D::Error> {
        deserializer.deserialize_any(PlainVisitor(self.0))
    }
}

/// A value by the text that stands for it in JSON.
struct JsonText<T>(TextForm<T>);

impl<'de, T> DeserializeSeed<'de> for JsonText<T> {
    type Value = T;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<T, D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl<T> Visitor<'_> for JsonText<T> {
    type Value = T;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0.expected)
    }

    fn visit_str<E: Error>(self, json: &str) -> Result<T, E> {
        let read = match json.as_bytes() {
            [b'"', ..] => unquoted(json).and_then(|text| (self.0.string)(&text)),
            [b'-' | b'0'..=b'9', ..] => (self.0.number)(json),
            [b'{', ..] => return Err(E::invalid_type(Unexpected::Map, &self)),
            [b'[', ..] => return Err(E::invalid_type(Unexpected::Seq, &self)),
            _ => None,
        };
        read.ok_or_else(|| E::invalid_value(Unexpected::Other(json), &self))
    }
}

/// The text in a JSON string.
fn unquoted(json: &str) -> Option<Cow<'_, str>> {
    match json.strip_prefix('"')?.strip_suffix('"')? {
        text if text.contains('\\') => serde_json::from_str(json).map(Cow::Owned).ok(),
        text => Some(Cow::Borrowed(text)),
    }
}

struct PlainVisitor<T>(TextForm<T>);

impl<T> PlainVisitor<T> {
    fn number<E: Error>(self, text: &str) -> Result<T, E> {
        (self.0.number)(text).ok_or_else(|| E::invalid_value(Unexpected::Other(text), &self))
    }
}

impl<T> Visitor<'_> for PlainVisitor<T> {
    type Value = T;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0.expected)
    }

    fn visit_i64<E: Error>(self, number: i64) -> Result<T, E> {
        self.number(&number.to_string())
    }

    fn visit_u64<E: Error>(self, number: u64) -> Result<T, E> {
        self.number(&number.to_string())
    }

    fn visit_f64<E: Error>(self, number: f64) -> Result<T, E> {
        self.number(&number.to_string())
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<T, E> {
        (self.0.string)(text).ok_or_else(|| E::invalid_value(Unexpected::Str(text), &self))
    }
}

/// The whole number that `text` stands for, if it is one and fits.
fn integer(text: &str) -> Option<i128> {
    let Parts { is_negative, whole, fraction, exponent } = Parts::of(text)?;
    let digits = || whole.bytes().chain(fraction.bytes());
    let zeros = digits().rev().take_while(|digit| *digit == b'0').count();
    let significant = whole.len() + fraction.len() - zeros;
    if significant == 0 {
        return Some(0);
    }
    let zeros = exponent.checked_sub(i64::try_from(fraction.len()).ok()?)?;
    let zeros =
        zeros.checked_add(i64::try_from(whole.len() + fraction.len() - significant).ok()?)?;
    let mut number = 0_i128;
    for digit in digits().take(significant) {
        number = number.checked_mul(10)?.checked_add((digit - b'0').into())?;
    }
    let number = number.checked_mul(10_i128.checked_pow(u32::try_from(zeros).ok()?)?)?;
    Some(if is_negative { -number } else { number })
}

/// The parts of a number in JSON's notation.
struct Parts<'t> {
    is_negative: bool,
    whole: &'t str,
    fraction: &'t str,
    /// Saturated, as is enough: numbers of other digits than zeros are out of range before.
    exponent: i64,
}

impl<'t> Parts<'t> {
    fn of(text: &'t str) -> Option<Self> {
        let (is_negative, rest) = match text.strip_prefix('-') {
            Some(rest) => (true, rest),
            None => (false, text),
        };
        let (mantissa, exponent) = match rest.split_once(['e', 'E']) {
            Some((mantissa, exponent)) => (mantissa, read_exponent(exponent)?),
            None => (rest, 0),
        };
        let (whole, fraction) = match mantissa.split_once('.') {
            Some((whole, fraction)) => (whole, Some(fraction)),
            None => (mantissa, None),
        };
        let is_number = are_digits(whole) && fraction.is_none_or(are_digits);
        let fraction = fraction.unwrap_or_default();
        is_number.then_some(Self { is_negative, whole, fraction, exponent })
    }
}

fn read_exponent(text: &str) -> Option<i64> {
    let (sign, digits) = match text.as_bytes().first()? {
        b'-' => (-1, &text[1..]),
        b'+' => (1, &text[1..]),
        _ => (1, text),
    };
    are_digits(digits).then(|| sign * digits.parse().unwrap_or(i64::MAX))
}

fn are_digits(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use serde::{
        de::value::{
            BoolDeserializer, Error, F64Deserializer, I64Deserializer, StrDeserializer,
            U64Deserializer,
        },
        forward_to_deserialize_any,
    };

    use super::*;

    /// A format that knows newtypes, as serde's own form of what it has read ahead.
    struct WithNewtypes<D>(D);

    impl<'de, D: Deserializer<'de>> Deserializer<'de> for WithNewtypes<D> {
        type Error = D::Error;

        fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, D::Error> {
            self.0.deserialize_any(visitor)
        }

        fn deserialize_newtype_struct<V: Visitor<'de>>(
            self,
            _: &'static str,
            visitor: V,
        ) -> Result<V::Value, D::Error> {
            visitor.visit_newtype_struct(self.0)
        }

        forward_to_deserialize_any! {
            bool i8 i16 i32 i64 u8 u16 u32 u64 f32 f64 char str string bytes byte_buf option unit
            unit_struct seq tuple tuple_struct map struct enum identifier ignored_any
        }
    }

    fn read<'de>(format: impl Deserializer<'de, Error = Error>) -> Result<i64, String> {
        read_number(WithNewtypes(format)).map_err(|error| error.to_string())
    }

    #[test]
    fn numbers_of_other_formats_are_read_exactly() {
        assert_eq!(read(I64Deserializer::new(-7)), Ok(-7));
        assert_eq!(read(U64Deserializer::new(7)), Ok(7));
        assert_eq!(read(F64Deserializer::new(7.0)), Ok(7));
        assert_eq!(read(StrDeserializer::new("7e1")), Ok(70));
        assert!(read(F64Deserializer::new(7.5)).is_err());
    }

    #[test]
    fn what_is_no_number_in_other_formats_is_reported_with_what_was_expected() {
        let no_number = || BoolDeserializer::<Error>::new(true);
        let expected = "invalid type: boolean `true`, expected a 64-bit integer";
        assert_eq!(read(no_number()), Err(expected.to_owned()));
        let error = read_number::<i64, _>(no_number()).unwrap_err();
        assert_eq!(error.to_string(), expected);
    }
}

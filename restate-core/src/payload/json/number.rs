//! Numbers, which may be read from text.

use std::{fmt, marker::PhantomData, str::FromStr};

use serde::{
    Deserializer,
    de::{Error, Unexpected, Visitor},
};

/// An integer that JSON holds as a number or as text.
pub trait Integer: FromStr + TryFrom<i128> {
    /// What it is called in messages.
    const EXPECTED: &'static str;
}

macro_rules! integers {
    ($($ty:ty = $expected:literal),*) => {
        $(impl Integer for $ty { const EXPECTED: &'static str = $expected; })*
    };
}

integers!(
    i32 = "a 32-bit integer",
    u32 = "an unsigned 32-bit integer",
    i64 = "a 64-bit integer",
    u64 = "an unsigned 64-bit integer"
);

/// Reads an integer from a number or from text; `1.0` and `1e2` are integers too.
pub(super) fn read_integer<'de, T: Integer, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<T, D::Error> {
    deserializer.deserialize_any(IntegerVisitor(PhantomData))
}

/// Reads a number from a number or from text, which may also be `NaN`, `Infinity` or `-Infinity`.
pub(super) fn read_float<'de, D: Deserializer<'de>>(deserializer: D) -> Result<f64, D::Error> {
    deserializer.deserialize_any(FloatVisitor)
}

/// The number that `text` stands for in JSON's notation.
pub fn parse_number(text: &str) -> Option<f64> {
    // Rust also takes `inf`, `+1`, `.5` and `1.`.
    let is_json = text.starts_with(|c: char| c == '-' || c.is_ascii_digit())
        && text.ends_with(|c: char| c.is_ascii_digit())
        && text.bytes().all(|b| b.is_ascii_digit() || b"+-.eE".contains(&b));
    text.parse().ok().filter(|number: &f64| is_json && number.is_finite())
}

struct IntegerVisitor<T>(PhantomData<T>);

impl<T: Integer> Visitor<'_> for IntegerVisitor<T> {
    type Value = T;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(T::EXPECTED)
    }

    fn visit_i64<E: Error>(self, number: i64) -> Result<T, E> {
        T::try_from(number.into()).map_err(|_| E::invalid_value(Unexpected::Signed(number), &self))
    }

    fn visit_u64<E: Error>(self, number: u64) -> Result<T, E> {
        T::try_from(number.into())
            .map_err(|_| E::invalid_value(Unexpected::Unsigned(number), &self))
    }

    fn visit_f64<E: Error>(self, number: f64) -> Result<T, E> {
        whole(number).ok_or_else(|| E::invalid_value(Unexpected::Float(number), &self))
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<T, E> {
        let integer = text.parse().ok().filter(|_| !text.starts_with('+'));
        integer
            .or_else(|| whole(parse_number(text)?))
            .ok_or_else(|| E::invalid_value(Unexpected::Str(text), &self))
    }
}

/// `number` as an integer, if it is one.
fn whole<T: TryFrom<i128>>(number: f64) -> Option<T> {
    const EXACT: f64 = 1e30;
    if number.fract() != 0.0 || number.abs() > EXACT {
        return None;
    }
    #[allow(clippy::cast_possible_truncation, reason = "a whole number below 1e30 fits")]
    T::try_from(number as i128).ok()
}

struct FloatVisitor;

impl Visitor<'_> for FloatVisitor {
    type Value = f64;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a number")
    }

    #[allow(clippy::cast_precision_loss, reason = "a JSON number is as exact as a double")]
    fn visit_i64<E: Error>(self, number: i64) -> Result<f64, E> {
        Ok(number as f64)
    }

    #[allow(clippy::cast_precision_loss, reason = "a JSON number is as exact as a double")]
    fn visit_u64<E: Error>(self, number: u64) -> Result<f64, E> {
        Ok(number as f64)
    }

    fn visit_f64<E: Error>(self, number: f64) -> Result<f64, E> {
        Ok(number)
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<f64, E> {
        match text {
            "NaN" => Ok(f64::NAN),
            "Infinity" => Ok(f64::INFINITY),
            "-Infinity" => Ok(f64::NEG_INFINITY),
            _ => parse_number(text).ok_or_else(|| E::invalid_value(Unexpected::Str(text), &self)),
        }
    }
}

//! Numbers in JSON: what is written is read again exactly, and what cannot be read exactly is
//! refused.

use std::fmt::Debug;

use proptest::prelude::{ProptestConfig, any, proptest};
use restate_core::{
    Encoding, Json, Payload,
    well_known::{
        DoubleValue, FloatValue, Int32Value, Int64Value, UInt32Value, UInt64Value, Value,
        value::Kind,
    },
};

fn again<T: Payload>(value: &T) -> T {
    let json = value.encode(Encoding::Json).expect("a finite number has a form in JSON");
    T::decode(json, Encoding::Json).expect("it was just written")
}

fn read<T: Payload>(json: &str) -> Option<T> {
    T::decode(json.to_owned().into(), Encoding::Json).ok()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4_000))]

    #[test]
    fn doubles_are_read_as_they_were_written(bits: u64) {
        let number = f64::from_bits(bits);
        if number.is_finite() {
            let value = Value { kind: Some(Kind::NumberValue(number)) };
            assert_eq!(again(&number).to_bits(), bits);
            assert_eq!(again(&Json(vec![number])).0[0].to_bits(), bits);
            assert_eq!(again(&DoubleValue { value: number }).value.to_bits(), bits);
            assert_eq!(again(&value), value);
        }
    }

    #[test]
    fn doubles_between_0_and_1_are_read_as_they_were_written(number in 0.0..1.0_f64) {
        assert_eq!(again(&number).to_bits(), number.to_bits());
    }

    #[test]
    fn floats_are_read_as_they_were_written(bits: u32) {
        let number = f32::from_bits(bits);
        if number.is_finite() {
            assert_eq!(again(&number).to_bits(), bits);
            assert_eq!(again(&FloatValue { value: number }).value.to_bits(), bits);
        }
    }

    #[test]
    fn integers_are_read_from_any_notation(number: i64, zeros in 0_usize..40) {
        let (digits, zeros) = (number.to_string(), "0".repeat(zeros));
        let shift = digits.trim_start_matches('-').len() - 1;
        let (sign, digits) = match digits.strip_prefix('-') {
            Some(digits) => ("-", digits),
            None => ("", &*digits),
        };
        let (first, rest) = digits.split_at(1);
        for text in [
            format!("{number}"),
            format!("{number}.0{zeros}"),
            format!("{number}{zeros}e-{}", zeros.len()),
            format!("{sign}{first}.{rest}{zeros}e+{shift}"),
            format!("{sign}0.{zeros}{digits}E{}", digits.len() + zeros.len()),
        ] {
            assert_eq!(read(&text), Some(Int64Value { value: number }), "{text}");
            assert_eq!(read(&format!("\"{text}\"")), Some(Int64Value { value: number }), "{text}");
        }
    }

    #[test]
    fn a_fraction_is_no_integer_however_small(number: i64, zeros in 0_usize..40, digit in 1_u8..10) {
        let text = format!("{number}.{}{digit}", "0".repeat(zeros));
        assert_eq!(read::<Int64Value>(&text), None, "{text}");
    }

    #[test]
    fn any_text_is_read_without_a_panic(text in r#""?-?[0-9]{0,25}\.?[0-9]{0,25}([eE][+-]?[0-9]{0,25})?"?"#) {
        let (double, integer) = (read::<DoubleValue>(&text), read::<UInt64Value>(&text));
        if let (Some(double), Some(integer)) = (double, integer) {
            #[allow(clippy::cast_precision_loss, reason = "the nearest double is what is expected")]
            let nearest = integer.value as f64;
            assert_eq!(double.value, nearest, "{text}");
        }
    }

    #[test]
    fn unsigned_integers_are_exact(number in any::<u64>()) {
        assert_eq!(read(&format!("{number}.0")), Some(UInt64Value { value: number }));
    }
}

#[test]
fn numbers_beyond_53_bits_are_exact() {
    fn exact<T: Payload + PartialEq + Debug>(text: &str, value: T) {
        assert_eq!(read(text), Some(value), "{text}");
    }

    exact("9007199254740993.0", Int64Value { value: 9_007_199_254_740_993 });
    exact("-9007199254740993.0", Int64Value { value: -9_007_199_254_740_993 });
    exact("9223372036854775807.0", Int64Value { value: i64::MAX });
    exact("-9223372036854775808.0", Int64Value { value: i64::MIN });
    exact("18446744073709551615.0", UInt64Value { value: u64::MAX });
    exact("1844674407370955161.5e1", UInt64Value { value: u64::MAX });
    exact("1e3", Int32Value { value: 1000 });
    exact("-0", UInt32Value { value: 0 });
    exact("0e99999999999999999999", Int32Value { value: 0 });
    exact("10000000000000000000000e-22", Int32Value { value: 1 });
}

#[test]
fn numbers_that_do_not_fit_are_refused() {
    for text in [
        "9223372036854775808",
        "9223372036854775808.0",
        "-9223372036854775809",
        "9223372036854775807.5",
        "1e19",
        "1e400",
        "1e99999999999999999999",
        "1e-99999999999999999999",
        "1.00000000000000000001",
        "4503599627370497.3",
        "01",
        "1.",
        "\" 1\"",
        "\"1.\"",
        "\".5e1\"",
        "\"1e\"",
        "\"+1\"",
        "\"\"",
        "\"-\"",
    ] {
        assert_eq!(read::<Int64Value>(text), None, "{text}");
    }
    assert_eq!(read::<UInt64Value>("18446744073709551616"), None);
    assert_eq!(read::<UInt64Value>("-1"), None);
    assert_eq!(read::<Int32Value>("2147483648.0"), None);
    assert_eq!(read::<DoubleValue>("1e400"), None);
    assert_eq!(read::<FloatValue>("3.5e38"), None);
}

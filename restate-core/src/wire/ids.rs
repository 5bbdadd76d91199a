//! The text forms of ids, which all parts of Restate read and write.
//!
//! An invocation id is `inv_1`, 11 digits of its partition key and 22 of its UUID, in base 62. An
//! awakeable id is `sign_1` and, in base 64, the bytes of the invocation id and the number of a signal.
//! `prom_1` is the same with the index of a journal entry, as SDKs before protocol version 5 made it. A
//! deployment id is `dp_1` and 22 digits of a number of 128 bits.

use std::{fmt, str};

use base64::{
    alphabet,
    engine::{DecodePaddingMode, Engine as _, GeneralPurpose, GeneralPurposeConfig},
};

const INVOCATION_PREFIX: &str = "inv_1";
const DEPLOYMENT_PREFIX: &str = "dp_1";
const AWAKEABLE_PREFIXES: [&str; 2] = ["sign_1", "prom_1"];

const DIGITS: &[u8; 62] = b"0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";

/// Digits of a 64-bit and of a 128-bit number: one for every 6 bits, rounded up.
const DIGITS_64: usize = 11;
const DIGITS_128: usize = 22;

/// The length of an invocation id, in bytes.
const INVOCATION_LENGTH: usize = INVOCATION_PREFIX.len() + DIGITS_64 + DIGITS_128;

/// The length of the id that [`InvocationIdParts::from_hexadecimal`] reads, in bytes.
const HEXADECIMAL_LENGTH: usize = INVOCATION_PREFIX.len() + 32;

/// Base 64 for URLs. Servers write no padding, and other encoders may.
const URL_SAFE: GeneralPurpose = GeneralPurpose::new(
    &alphabet::URL_SAFE,
    GeneralPurposeConfig::new()
        .with_encode_padding(false)
        .with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// What an invocation id consists of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct InvocationIdParts {
    /// Where a server keeps the invocation.
    pub partition_key: u64,
    /// What identifies it. Of random ids, the upper 48 bits are the time in milliseconds.
    pub uuid: u128,
}

impl InvocationIdParts {
    /// The id as the start message of an attempt holds it.
    pub fn to_bytes(self) -> [u8; 24] {
        let mut bytes = [0; 24];
        bytes[..8].copy_from_slice(&self.partition_key.to_be_bytes());
        bytes[8..].copy_from_slice(&self.uuid.to_be_bytes());
        bytes
    }

    /// The id with these bytes.
    pub fn from_bytes(bytes: &[u8; 24]) -> Self {
        let (partition_key, uuid) = bytes.split_at(8);
        Self {
            partition_key: u64::from_be_bytes(partition_key.try_into().expect("these are 8")),
            uuid: u128::from_be_bytes(uuid.try_into().expect("these are 16")),
        }
    }

    /// Reads an id. `None` if the text is not one.
    pub fn parse(text: &str) -> Option<Self> {
        let digits = text.strip_prefix(INVOCATION_PREFIX)?.as_bytes();
        let (partition_key, uuid) = digits.split_at_checked(DIGITS_64)?;
        if uuid.len() != DIGITS_128 {
            return None;
        }
        let partition_key = u64::try_from(number(partition_key)?).ok()?;
        Some(Self { partition_key: partition_key.swap_bytes(), uuid: number(uuid)?.swap_bytes() })
    }

    /// Reads an id as the embedded engine wrote it up to version 3 of its database: `inv_1` and 32
    /// hexadecimal digits, which are returned as a number. `None` if the text is not one.
    pub fn from_hexadecimal(text: &str) -> Option<u128> {
        let digits = text.strip_prefix(INVOCATION_PREFIX)?;
        let valid =
            text.len() == HEXADECIMAL_LENGTH && digits.bytes().all(|b| b.is_ascii_hexdigit());
        u128::from_str_radix(digits, 16).ok().filter(|_| valid)
    }
}

impl fmt::Display for InvocationIdParts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut text = [0; INVOCATION_LENGTH];
        let (prefix, digits) = text.split_at_mut(INVOCATION_PREFIX.len());
        prefix.copy_from_slice(INVOCATION_PREFIX.as_bytes());
        let (partition_key, uuid) = digits.split_at_mut(DIGITS_64);
        write_digits(self.partition_key.swap_bytes().into(), partition_key);
        write_digits(self.uuid.swap_bytes(), uuid);
        f.pad(str::from_utf8(&text).expect("digits are ASCII"))
    }
}

/// The id of the deployment with this number.
pub fn deployment_id(number: u128) -> String {
    let mut digits = [0; DIGITS_128];
    write_digits(number.swap_bytes(), &mut digits);
    [DEPLOYMENT_PREFIX, str::from_utf8(&digits).expect("digits are ASCII")].concat()
}

/// The number of the deployment with this id. `None` if the text is not one.
pub fn parse_deployment_id(text: &str) -> Option<u128> {
    let digits = text.strip_prefix(DEPLOYMENT_PREFIX)?.as_bytes();
    (digits.len() == DIGITS_128).then(|| number(digits).map(u128::swap_bytes))?
}

/// Whether an engine may have given this text as the id of an invocation.
pub(crate) fn is_invocation_id(text: &str) -> bool {
    InvocationIdParts::parse(text).is_some() || InvocationIdParts::from_hexadecimal(text).is_some()
}

/// Whether an engine may have given this text as the id of an awakeable.
pub(crate) fn is_awakeable_id(text: &str) -> bool {
    AWAKEABLE_PREFIXES.into_iter().any(|prefix| {
        let encoded = text.strip_prefix(prefix).and_then(|encoded| URL_SAFE.decode(encoded).ok());
        // 24 bytes of an invocation id, or 16 of a hexadecimal one, and a number of 4 bytes.
        encoded.is_some_and(|bytes| [28, 20].contains(&bytes.len()))
    })
}

/// The bytes of the invocation id, and the number of the signal, of an awakeable id. `None` if the text
/// does not start with `sign_1`, or is not an id.
pub fn parse_awakeable_id(text: &str) -> Option<(Vec<u8>, u32)> {
    let mut bytes = URL_SAFE.decode(text.strip_prefix(AWAKEABLE_PREFIXES[0])?).ok()?;
    let signal = bytes.split_off(bytes.len().checked_sub(4)?);
    Some((bytes, u32::from_be_bytes(signal.try_into().ok()?)))
}

/// Fills `digits` with those of `number`, the highest first.
fn write_digits(mut number: u128, digits: &mut [u8]) {
    // As many digits as a `u64` holds: divisions of 128 bits are slow.
    const CHUNK: u128 = 62_u128.pow(10);
    for chunk in digits.rchunks_mut(10) {
        let quotient = number / CHUNK;
        let mut rest = u64::try_from(number - quotient * CHUNK).expect("less than 62^10");
        number = quotient;
        for digit in chunk.iter_mut().rev() {
            *digit = DIGITS[usize::try_from(rest % 62).expect("less than 62")];
            rest /= 62;
        }
    }
}

fn number(digits: &[u8]) -> Option<u128> {
    digits.iter().try_fold(0_u128, |number, &digit| {
        let value = match digit {
            b'0'..=b'9' => digit - b'0',
            b'a'..=b'z' => digit - b'a' + 10,
            b'A'..=b'Z' => digit - b'A' + 36,
            _ => return None,
        };
        number.checked_mul(62)?.checked_add(value.into())
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Seen on a Restate server, of a call with an idempotency key: its UUID is a hash.
    const OF_A_SERVER: &str = "inv_1aDcgkwRzurf074vyWlLIXG6KQLWm4DpHp";

    /// A decoder that shares nothing with the one above: it adds up bytes, the lowest first.
    fn decoded(digits: &str, length: usize) -> Vec<u8> {
        let mut bytes = vec![0_u32; length];
        for digit in digits.chars() {
            let order = ('0'..='9').chain('a'..='z').chain('A'..='Z');
            let value = order.clone().position(|one| one == digit).unwrap();
            let mut carry = u32::try_from(value).unwrap();
            for byte in &mut bytes {
                carry += *byte * 62;
                *byte = carry % 256;
                carry /= 256;
            }
            assert_eq!(carry, 0, "more than {length} bytes");
        }
        bytes.into_iter().map(|byte| u8::try_from(byte).unwrap()).collect()
    }

    proptest! {
        #[test]
        fn an_invocation_id_reads_back_as_it_was_written(partition_key: u64, uuid: u128) {
            let id = InvocationIdParts { partition_key, uuid };
            let text = id.to_string();
            prop_assert_eq!(text.len(), 38);
            prop_assert_eq!(InvocationIdParts::parse(&text), Some(id));
            prop_assert_eq!(InvocationIdParts::from_bytes(&id.to_bytes()), id);
            prop_assert_eq!(&decoded(&text[5..16], 8), &id.to_bytes()[..8]);
            prop_assert_eq!(&decoded(&text[16..], 16), &id.to_bytes()[8..]);
        }

        #[test]
        fn a_deployment_id_reads_back_as_it_was_written(number: u128) {
            let id = deployment_id(number);
            prop_assert_eq!(id.len(), 26);
            prop_assert_eq!(parse_deployment_id(&id), Some(number));
        }

        #[test]
        fn no_text_makes_reading_panic(text: String, rest: String) {
            let _ = parse_deployment_id(&format!("dp_1{rest}"));
            let _ = is_invocation_id(&text);
            let _ = is_awakeable_id(&text);
            let _ = is_invocation_id(&format!("inv_1{rest}"));
            let _ = parse_awakeable_id(&format!("sign_1{rest}"));
        }
    }

    #[test]
    fn an_id_of_a_server_reads_back() {
        let id = InvocationIdParts::parse(OF_A_SERVER).unwrap();
        assert_eq!(id.to_string(), OF_A_SERVER);
    }

    #[test]
    fn ids_of_extreme_numbers_are_padded() {
        let zero = InvocationIdParts { partition_key: 0, uuid: 0 };
        assert_eq!(zero.to_string(), "inv_1000000000000000000000000000000000");
        let one = InvocationIdParts { partition_key: 1 << 56, uuid: 61 << 120 };
        assert_eq!(one.to_string(), "inv_100000000001000000000000000000000Z");
        let max = InvocationIdParts { partition_key: u64::MAX, uuid: u128::MAX };
        assert_eq!(max.to_string(), "inv_1lYGhA16ahyf7N42dgm5tFLK9N8MT7fHC7");
    }

    #[test]
    fn what_is_not_an_id_is_refused() {
        for text in [
            "",
            "inv_1",
            "inv_2000000000000000000000000000000000",
            "inv_10000000000000000000000000000000",
            "inv_10000000000000000000000000000000000",
            "inv_1ZZZZZZZZZZZ0000000000000000000000",
            "inv_100000000000ZZZZZZZZZZZZZZZZZZZZZZ",
            "inv_100000000000000000000000000000000-",
            "inv_1000000000000000000000000000000é",
            "inv_1+0011223344556677889900aabbccdde",
        ] {
            assert!(!is_invocation_id(text), "{text}");
        }
        assert!(is_invocation_id("inv_100112233445566778899aabbccddeeff"));
        for text in ["", "sign_1", "sign_1AAAA", "sign_2", "inv_1", "prom_1=", "sign_1 \n"] {
            assert!(!is_awakeable_id(text), "{text}");
        }
    }

    #[test]
    fn an_awakeable_id_names_its_invocation_and_signal() {
        let id = InvocationIdParts { partition_key: 3, uuid: 4 };
        let encoded = URL_SAFE.encode([&id.to_bytes()[..], &17_u32.to_be_bytes()].concat());
        for text in [format!("sign_1{encoded}"), format!("sign_1{encoded}==")] {
            assert!(is_awakeable_id(&text), "{text}");
            assert_eq!(parse_awakeable_id(&text), Some((id.to_bytes().to_vec(), 17)));
        }
        let entry = format!("prom_1{encoded}");
        assert!(is_awakeable_id(&entry));
        assert_eq!(parse_awakeable_id(&entry), None);
    }
}

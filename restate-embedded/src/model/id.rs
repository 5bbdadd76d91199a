//! The ids of invocations and awakeables.

use std::{fmt, str::FromStr};

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};

const INVOCATION_PREFIX: &str = "inv_1";
const AWAKEABLE_PREFIX: &str = "sign_1";

/// The id of an invocation: `inv_1` and 32 hexadecimal digits.
///
/// Ids grow with time, so that new rows are appended to the engine's tables. Half of the digits are
/// random, so that one id does not help to guess another.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct InvocationId {
    order: u64,
    nonce: u64,
}

impl InvocationId {
    /// The id with this position in time and these random bits.
    pub(crate) fn new(order: u64, nonce: u64) -> Self {
        Self { order, nonce }
    }

    /// Its position in time, unique among the invocations of an engine.
    pub(crate) fn order(self) -> u64 {
        self.order
    }

    /// Its random bits.
    pub(crate) fn nonce(self) -> u64 {
        self.nonce
    }

    /// The 16 bytes that awakeable ids start with.
    pub(crate) fn to_bytes(self) -> [u8; 16] {
        (u128::from(self.order) << 64 | u128::from(self.nonce)).to_be_bytes()
    }

    fn from_bytes(bytes: [u8; 16]) -> Self {
        let [order, nonce] = [&bytes[..8], &bytes[8..]]
            .map(|half| u64::from_be_bytes(half.try_into().expect("half of 16 bytes is 8")));
        Self { order, nonce }
    }
}

impl fmt::Display for InvocationId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{INVOCATION_PREFIX}{:016x}{:016x}", self.order, self.nonce)
    }
}

impl fmt::Debug for InvocationId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl From<InvocationId> for restate_core::InvocationId {
    fn from(id: InvocationId) -> Self {
        id.to_string().into()
    }
}

impl FromStr for InvocationId {
    type Err = InvalidId;

    fn from_str(text: &str) -> Result<Self, InvalidId> {
        text.strip_prefix(INVOCATION_PREFIX)
            .filter(|digits| digits.len() == 32 && digits.bytes().all(|b| b.is_ascii_hexdigit()))
            .and_then(|digits| u128::from_str_radix(digits, 16).ok())
            .map(|bits| Self::from_bytes(bits.to_be_bytes()))
            .ok_or(InvalidId {
                expected: "an invocation id, which is `inv_1` and 32 hexadecimal digits",
            })
    }
}

/// The invocation and the signal number that an awakeable id (`sign_1…`) stands for.
pub(crate) fn parse_awakeable(text: &str) -> Result<(InvocationId, u32), InvalidId> {
    text.strip_prefix(AWAKEABLE_PREFIX)
        .and_then(|encoded| URL_SAFE_NO_PAD.decode(encoded).ok())
        .and_then(|bytes| {
            let (id, signal) = bytes.split_at_checked(16)?;
            let id = InvocationId::from_bytes(id.try_into().ok()?);
            Some((id, u32::from_be_bytes(signal.try_into().ok()?)))
        })
        .ok_or(InvalidId {
            expected: "an awakeable id, which is `sign_1…` as `Awakeable::id` returns it",
        })
}

/// A text is not a valid id.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct InvalidId {
    expected: &'static str,
}

impl fmt::Display for InvalidId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "not {}", self.expected)
    }
}

impl std::error::Error for InvalidId {}

/// Generates ids that grow with time, even if the clock is set back.
#[derive(Debug)]
pub(crate) struct IdSource {
    last: u64,
    random: u64,
}

impl IdSource {
    /// A source of ids after `last`, with random bits from `seed`.
    pub(crate) fn new(last: u64, seed: u64) -> Self {
        Self { last, random: seed }
    }

    /// Skips all positions up to `order`.
    pub(crate) fn skip_to(&mut self, order: u64) {
        self.last = self.last.max(order);
    }

    /// The next id at `now`, in milliseconds since the Unix epoch.
    pub(crate) fn next_id(&mut self, now: u64) -> InvocationId {
        self.random = self.random.wrapping_add(0x9e37_79b9_7f4a_7c15);
        InvocationId { order: self.next_order(now), nonce: mix(self.random) }
    }

    /// The next position in time.
    pub(crate) fn next_order(&mut self, now: u64) -> u64 {
        // 48 bits of milliseconds and 15 of a sequence number: the sign bit stays clear, as this is
        // a row id of SQLite, a signed 64-bit integer. 32,768 ids a millisecond are more than any
        // disk commits; beyond that, ids run ahead of the clock.
        let clock = (now & 0xffff_ffff_ffff) << 15;
        self.last = clock.max(self.last + 1);
        self.last
    }
}

/// Spreads the bits of `x` (the finalizer of SplitMix64).
pub(crate) fn mix(x: u64) -> u64 {
    let x = (x ^ (x >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let x = (x ^ (x >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    x ^ (x >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_grow_also_when_the_clock_goes_back() {
        let mut ids = IdSource::new(0, 7);
        let made: Vec<_> = [1000, 1000, 1001, 5].map(|now| ids.next_id(now)).into();
        assert!(made.is_sorted_by(|a, b| a < b), "{made:?}");
    }

    #[test]
    fn an_id_reads_back_as_it_was_written() {
        let id = IdSource::new(0, 7).next_id(1_700_000_000_000);
        assert_eq!(id.to_string().parse(), Ok(id));
        assert!("inv_1+0011223344556677889900aabbccdde".parse::<InvocationId>().is_err());
    }

    #[test]
    fn an_awakeable_id_names_its_invocation_and_signal() {
        let id = InvocationId::new(3, 4);
        let mut bytes = id.to_bytes().to_vec();
        bytes.extend(17_u32.to_be_bytes());
        let text = format!("sign_1{}", URL_SAFE_NO_PAD.encode(&bytes));
        assert_eq!(parse_awakeable(&text), Ok((id, 17)));
        assert!(parse_awakeable("sign_1AAAA").is_err());
        assert!(parse_awakeable("prom_1").is_err());
    }
}

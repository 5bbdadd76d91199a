//! The ids of invocations and awakeables.

use std::{
    fmt,
    hash::{Hash, Hasher},
    str::FromStr,
};

use restate_core::wire::ids::{InvocationIdParts, parse_awakeable_id};

use super::randomness::{Randomness, mix};

/// How many bits of a position in time count those of one millisecond.
const SEQUENCE_BITS: u32 = 15;

/// The id of an invocation, in the form that all tools for Restate read.
///
/// Its UUID begins with the time in milliseconds, as those of a Restate server do; 128 other bits are
/// random. Inside the engine, an id is ordered by its position in time, so that new rows are appended
/// to the tables.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct InvocationId {
    order: u64,
    partition_key: u64,
    nonce: u64,
}

/// The position in time is unique among the ids that are keys of a map. Hashing the other bits as well
/// would add two thirds to the cost of each lookup, of which a step makes several.
impl Hash for InvocationId {
    fn hash<H: Hasher>(&self, hasher: &mut H) {
        hasher.write_u64(self.order);
    }
}

impl InvocationId {
    /// The id with this position in time and these random bits.
    pub(crate) fn new(order: u64, partition_key: u64, nonce: u64) -> Self {
        Self { order, partition_key, nonce }
    }

    /// Its position in time, unique among the invocations of an engine.
    pub(crate) fn order(self) -> u64 {
        self.order
    }

    /// The random bits that it starts with; 0 in ids of databases of version 3 and older.
    pub(crate) fn partition_key(self) -> u64 {
        self.partition_key
    }

    /// The random bits that it ends with.
    pub(crate) fn nonce(self) -> u64 {
        self.nonce
    }

    /// Its bytes in the start messages of its attempts, from which the handler computes the ids of
    /// awakeables.
    pub(crate) fn start_bytes(self) -> Vec<u8> {
        match self.as_hexadecimal() {
            Some(number) => number.to_be_bytes().into(),
            None => self.parts().to_bytes().into(),
        }
    }

    /// Its text in the start messages of its attempts.
    pub(crate) fn start_text(self) -> String {
        match self.as_hexadecimal() {
            Some(number) => format!("inv_1{number:032x}"),
            None => self.to_string(),
        }
    }

    /// What the id consisted of up to version 3 of the database, if it was made then. Attempts of such
    /// an invocation get the same id as before, or the replay would differ from the journal.
    fn as_hexadecimal(self) -> Option<u128> {
        let number = u128::from(self.order) << 64 | u128::from(self.nonce);
        (self.partition_key == 0).then_some(number)
    }

    fn from_hexadecimal(number: u128) -> Self {
        let (order, nonce) = halves(number);
        Self { order, partition_key: 0, nonce }
    }

    // The order has 63 bits and the time is in its upper 48. Rotated, these are the upper bits of the
    // UUID, and any id of another engine can be read, too.
    fn parts(self) -> InvocationIdParts {
        let uuid = u128::from(self.order.rotate_left(1)) << 64 | u128::from(self.nonce);
        InvocationIdParts { partition_key: self.partition_key, uuid }
    }

    fn from_parts(parts: InvocationIdParts) -> Self {
        let (time, nonce) = halves(parts.uuid);
        Self { order: time.rotate_right(1), partition_key: parts.partition_key, nonce }
    }
}

/// The upper and the lower half of a number.
fn halves(number: u128) -> (u64, u64) {
    let [upper, lower] = [number >> 64, number & u128::from(u64::MAX)]
        .map(|half| u64::try_from(half).expect("half of 128 bits is 64"));
    (upper, lower)
}

impl fmt::Display for InvocationId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.parts().fmt(f)
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

    /// Reads also the hexadecimal ids of databases of version 3 and older, until the next release.
    fn from_str(text: &str) -> Result<Self, InvalidId> {
        let hexadecimal = || InvocationIdParts::from_hexadecimal(text).map(Self::from_hexadecimal);
        InvocationIdParts::parse(text).map(Self::from_parts).or_else(hexadecimal).ok_or(InvalidId {
            expected: "an invocation id, which is `inv_1` and 33 letters and digits",
        })
    }
}

/// The invocation and the signal number that an awakeable id (`sign_1…`) stands for.
pub(crate) fn parse_awakeable(text: &str) -> Result<(InvocationId, u32), InvalidId> {
    let expected = "an awakeable id, which is `sign_1…` as `Awakeable::id` returns it";
    let parsed = parse_awakeable_id(text).and_then(|(id, signal)| {
        let current = |id: &[u8; 24]| InvocationId::from_parts(InvocationIdParts::from_bytes(id));
        let hexadecimal = |id| InvocationId::from_hexadecimal(u128::from_be_bytes(id));
        let id = match id.as_array() {
            Some(id) => current(id),
            None => hexadecimal(*id.as_array()?),
        };
        Some((id, signal))
    });
    parsed.ok_or(InvalidId { expected })
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

/// When a position in time was given out, in milliseconds since the Unix epoch.
pub(crate) fn time_of(order: u64) -> u64 {
    order >> SEQUENCE_BITS
}

impl InvocationId {
    /// The seed of the random numbers of the invocation, unless it has another one.
    pub(crate) fn random_seed(self) -> u64 {
        mix(self.nonce)
    }
}

/// Generates ids that grow with time, even if the clock is set back.
#[derive(Debug)]
pub(crate) struct IdSource {
    last: u64,
    randomness: Randomness,
}

impl IdSource {
    /// A source of ids after `last`.
    pub(crate) fn new(last: u64, randomness: Randomness) -> Self {
        Self { last, randomness }
    }

    /// A source of the same ids for the same seed.
    #[cfg(any(test, feature = "internals"))]
    pub(crate) fn seeded(last: u64, seed: u64) -> Self {
        Self::new(last, Randomness::seeded(seed))
    }

    /// Skips all positions up to `order`.
    pub(crate) fn skip_to(&mut self, order: u64) {
        self.last = self.last.max(order);
    }

    /// The next id at `now`, in milliseconds since the Unix epoch.
    pub(crate) fn next_id(&mut self, now: u64) -> InvocationId {
        // 0 marks ids of older databases.
        let partition_key = self.randomness.next().max(1);
        InvocationId { order: self.next_order(now), partition_key, nonce: self.randomness.next() }
    }

    /// A random number.
    #[cfg(feature = "deployments")]
    pub(crate) fn random(&mut self) -> u64 {
        self.randomness.next()
    }

    /// The next position in time.
    pub(crate) fn next_order(&mut self, now: u64) -> u64 {
        // 48 bits of milliseconds and 15 of a sequence number: the sign bit stays clear, as this is
        // a row id of SQLite, a signed 64-bit integer. 32,768 ids a millisecond are more than any
        // disk commits; beyond that, ids run ahead of the clock.
        let clock = (now & 0xffff_ffff_ffff) << SEQUENCE_BITS;
        self.last = clock.max(self.last + 1);
        self.last
    }
}

#[cfg(test)]
mod tests {
    use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};

    use super::*;

    const OLD: &str = "inv_1000000000000000300000000000000ff";

    fn awakeable(id: InvocationId, signal: u32) -> String {
        let bytes = [&id.start_bytes()[..], &signal.to_be_bytes()].concat();
        format!("sign_1{}", URL_SAFE_NO_PAD.encode(bytes))
    }

    #[test]
    fn ids_grow_also_when_the_clock_goes_back() {
        let mut ids = IdSource::seeded(0, 7);
        let made: Vec<_> = [1000, 1000, 1001, 5].map(|now| ids.next_id(now)).into();
        assert!(made.is_sorted_by(|a, b| a < b), "{made:?}");
    }

    #[test]
    fn an_id_reads_back_as_it_was_written() {
        let id = IdSource::seeded(0, 7).next_id(1_700_000_000_000);
        assert_eq!(id.to_string().parse(), Ok(id));
        assert_eq!(id.start_text(), id.to_string());
        assert_eq!(id.parts().uuid >> 80, 1_700_000_000_000, "the time, as in ids of a server");
    }

    #[test]
    fn ids_of_a_server_read_back() {
        let id = "inv_1aDcgkwRzurf074vyWlLIXG6KQLWm4DpHp";
        assert_eq!(id.parse::<InvocationId>().unwrap().to_string(), id);
        let max = InvocationIdParts { partition_key: u64::MAX, uuid: u128::MAX }.to_string();
        assert_eq!(max.parse::<InvocationId>().unwrap().to_string(), max);
    }

    #[test]
    fn ids_of_older_databases_are_read_and_kept_in_attempts() {
        let id: InvocationId = OLD.parse().unwrap();
        assert_eq!(id, InvocationId::new(3, 0, 255));
        assert_eq!(id.to_string().parse(), Ok(id), "the new form of the same id");
        assert_eq!(id.start_text(), OLD);
        assert_eq!(parse_awakeable(&awakeable(id, 17)), Ok((id, 17)));
    }

    #[test]
    fn an_awakeable_id_names_its_invocation_and_signal() {
        let id = InvocationId::new(3, 4, 5);
        assert_eq!(parse_awakeable(&awakeable(id, 17)), Ok((id, 17)));
        assert!(parse_awakeable("sign_1AAAA").is_err());
        assert!(parse_awakeable("prom_1").is_err());
    }
}

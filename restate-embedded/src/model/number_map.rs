//! Maps with keys that the engine generates itself.

use std::{
    collections::HashMap,
    hash::{BuildHasherDefault, Hasher},
};

use crate::model::randomness::mix;

/// A map with ids of invocations, attempts or waiters as keys.
///
/// No client chooses these numbers, so the hash need not be hard to attack, and can be faster than
/// SipHash of the standard library.
pub(crate) type NumberMap<K, V> = HashMap<K, V, BuildHasherDefault<NumberHasher>>;

/// Hashes integers.
#[derive(Debug, Default)]
pub(crate) struct NumberHasher(u64);

impl Hasher for NumberHasher {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write_u64(&mut self, number: u64) {
        self.0 = mix(self.0 ^ number);
    }

    fn write(&mut self, bytes: &[u8]) {
        for &byte in bytes {
            self.write_u64(byte.into());
        }
    }
}

#[cfg(test)]
mod tests {
    use std::{
        collections::HashSet,
        hash::{BuildHasher as _, BuildHasherDefault},
    };

    use super::NumberHasher;

    #[test]
    fn consecutive_numbers_are_spread_over_all_bits() {
        let hasher = BuildHasherDefault::<NumberHasher>::default();
        let hashes: Vec<u64> = (0..128_u64).map(|number| hasher.hash_one(number)).collect();
        let low: HashSet<u64> = hashes.iter().map(|hash| hash % 1024).collect();
        let high: HashSet<u64> = hashes.iter().map(|hash| hash >> 54).collect();
        assert!(low.len() > 110 && high.len() > 110, "{} {}", low.len(), high.len());
    }
}

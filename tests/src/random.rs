//! Random numbers determined by a seed.

use std::hash::{BuildHasher as _, RandomState};

/// An endless sequence of numbers.
#[derive(Clone, Debug)]
pub struct Random(u64);

impl Random {
    /// An independent sequence of numbers for one user of `seed`.
    pub fn new(seed: u64, who: u64) -> Self {
        Self(mix(seed ^ mix(who)))
    }

    /// The next number, which is less than `limit`.
    pub fn below(&mut self, limit: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        mix(self.0) % limit
    }
}

/// Spreads the bits of `x` (the finalizer of SplitMix64).
pub fn mix(x: u64) -> u64 {
    let x = (x ^ (x >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let x = (x ^ (x >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    x ^ (x >> 31)
}

/// A random seed: the standard library seeds its hashers randomly.
pub fn seed() -> u64 {
    RandomState::new().hash_one("crash") % 1_000_000_000
}

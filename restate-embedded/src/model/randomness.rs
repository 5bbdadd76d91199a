//! Random numbers for ids.

use std::fmt;

/// A source of random numbers: the operating system, or a seed in tests and benchmarks.
pub(crate) struct Randomness(Source);

enum Source {
    /// Numbers that the operating system has given, and how many of them are used.
    System { numbers: Box<[u64; BUFFERED]>, used: usize },
    #[cfg(any(test, feature = "testing", feature = "internals"))]
    Seed(u64),
}

/// Numbers that are read from the operating system together, so that an id seldom needs a system call.
const BUFFERED: usize = 64;

impl Randomness {
    /// Numbers of the operating system. Nobody can predict them, whatever other numbers they know.
    pub(crate) fn system() -> Self {
        Self(Source::System { numbers: Box::new([0; BUFFERED]), used: BUFFERED })
    }

    /// The same numbers for the same seed. Each of them tells all that follow.
    #[cfg(any(test, feature = "testing", feature = "internals"))]
    pub(crate) fn seeded(seed: u64) -> Self {
        Self(Source::Seed(seed))
    }

    pub(crate) fn next(&mut self) -> u64 {
        match &mut self.0 {
            Source::System { numbers, used } => {
                if *used == BUFFERED {
                    fill(numbers);
                    *used = 0;
                }
                *used += 1;
                numbers[*used - 1]
            }
            #[cfg(any(test, feature = "testing", feature = "internals"))]
            Source::Seed(state) => {
                *state = state.wrapping_add(STEP);
                mix(*state)
            }
        }
    }
}

fn fill(numbers: &mut [u64; BUFFERED]) {
    let mut bytes = [0; BUFFERED * 8];
    // Fails only before the system has started up, or in a sandbox that forbids the call. Ids that can
    // be guessed would be worse than none.
    getrandom::fill(&mut bytes).expect("the operating system must give random numbers");
    for (number, bytes) in numbers.iter_mut().zip(bytes.as_chunks().0) {
        *number = u64::from_ne_bytes(*bytes);
    }
}

/// The increment of SplitMix64.
#[cfg(any(test, feature = "testing", feature = "internals"))]
const STEP: u64 = 0x9e37_79b9_7f4a_7c15;

/// Spreads the bits of `x` (the finalizer of SplitMix64).
pub(crate) fn mix(x: u64) -> u64 {
    let x = (x ^ (x >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let x = (x ^ (x >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    x ^ (x >> 31)
}

/// Hides the numbers: they are parts of ids that are not known yet.
impl fmt::Debug for Randomness {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Randomness").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The state of a seeded source after it has given `number`: what a stranger computes who has
    /// seen the number in an id.
    fn after(number: u64) -> Randomness {
        let x = number ^ (number >> 31) ^ (number >> 62);
        let x = x.wrapping_mul(inverse(0x94d0_49bb_1331_11eb));
        let x = x ^ (x >> 27) ^ (x >> 54);
        let x = x.wrapping_mul(inverse(0xbf58_476d_1ce4_e5b9));
        Randomness::seeded(x ^ (x >> 30) ^ (x >> 60))
    }

    /// The inverse of an odd number modulo 2^64, by Newton's method.
    fn inverse(number: u64) -> u64 {
        (0..6).fold(number, |found, _| {
            found.wrapping_mul(2_u64.wrapping_sub(number.wrapping_mul(found)))
        })
    }

    /// Whether somebody who has seen one number predicts the next.
    fn is_predictable(mut randomness: Randomness) -> bool {
        let seen = randomness.next();
        let next = randomness.next();
        after(seen).next() == next
    }

    #[test]
    fn numbers_of_the_system_do_not_tell_those_that_follow() {
        assert!(is_predictable(Randomness::seeded(7)), "the attack works on what it is meant for");
        assert!(!is_predictable(Randomness::system()));
    }

    #[test]
    fn numbers_of_the_system_are_not_repeated() {
        let mut randomness = Randomness::system();
        let mut numbers: Vec<u64> = (0..BUFFERED * 3).map(|_| randomness.next()).collect();
        numbers.sort_unstable();
        numbers.dedup();
        assert_eq!(numbers.len(), BUFFERED * 3);
    }
}

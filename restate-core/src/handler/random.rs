//! Randomness that is the same in every attempt.

use std::convert::Infallible;

use rand_xoshiro::rand_core::{Rng, TryRng};

use crate::attempt::journal::Journal;

/// Random numbers seeded by the invocation's id: different in each invocation, the same in each of
/// its attempts. Not for secrets.
///
/// A generator for the `rand` crate.
#[derive(Clone, Copy, Debug)]
pub struct Random<'a> {
    journal: &'a Journal,
}

impl<'a> Random<'a> {
    pub(crate) fn new(journal: &'a Journal) -> Self {
        Self { journal }
    }

    /// A version 4 UUID, as an idempotency key for another system.
    pub fn uuid(mut self) -> uuid::Uuid {
        let mut bytes = [0; 16];
        self.fill_bytes(&mut bytes);
        uuid::Builder::from_random_bytes(bytes).into_uuid()
    }
}

impl TryRng for Random<'_> {
    type Error = Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        Ok(self.journal.with_random(Rng::next_u32))
    }

    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        Ok(self.journal.with_random(Rng::next_u64))
    }

    fn try_fill_bytes(&mut self, bytes: &mut [u8]) -> Result<(), Infallible> {
        self.journal.with_random(|random| random.fill_bytes(bytes));
        Ok(())
    }
}

use std::{iter, time::Duration};

use super::Counter;

/// Microseconds in the unit in which Prometheus shows times.
pub const MICROS_PER_SECOND: f64 = 1e6;

/// The buckets of a histogram: the largest value of each but the last, which has none.
#[derive(Debug)]
pub struct Bounds {
    /// In the order of size.
    pub values: &'static [u64],
    /// What a value is divided by when it is shown.
    pub per_unit: f64,
}

/// Times from half a millisecond to an hour, in microseconds: requests, attempts and invocations.
pub const LATENCY: Bounds = Bounds {
    values: &[
        500,
        1_000,
        2_500,
        5_000,
        10_000,
        25_000,
        50_000,
        100_000,
        250_000,
        500_000,
        1_000_000,
        2_500_000,
        10_000_000,
        60_000_000,
        600_000_000,
        3_600_000_000,
    ],
    per_unit: MICROS_PER_SECOND,
};

/// Times from 50 microseconds to a second, in microseconds: what a disk takes.
pub const QUICK: Bounds = Bounds {
    values: &[
        50, 100, 250, 500, 1_000, 2_500, 5_000, 10_000, 25_000, 50_000, 100_000, 250_000, 1_000_000,
    ],
    per_unit: MICROS_PER_SECOND,
};

/// How often values of each size have occurred.
#[derive(Debug)]
pub struct Histogram {
    bounds: &'static Bounds,
    /// One for each bound, and one for what is above all of them.
    counts: Box<[Counter]>,
    sum: Counter,
}

impl Histogram {
    /// A histogram with these buckets.
    pub fn new(bounds: &'static Bounds) -> Self {
        let counts = iter::repeat_with(Counter::default).take(bounds.values.len() + 1).collect();
        Self { bounds, counts, sum: Counter::default() }
    }

    /// Counts a value.
    pub fn observe(&self, value: u64) {
        // Most values are in one of the first buckets, and there are few.
        let values = self.bounds.values;
        let bucket = values.iter().position(|bound| value <= *bound).unwrap_or(values.len());
        self.counts[bucket].count();
        self.sum.add(value);
    }

    /// Counts a time, in a histogram of microseconds.
    pub fn observe_time(&self, time: Duration) {
        self.observe(u64::try_from(time.as_micros()).unwrap_or(u64::MAX));
    }

    /// How many values were counted.
    pub fn count(&self) -> u64 {
        self.counts.iter().map(Counter::value).sum()
    }

    /// The upper ends of the buckets as they are shown, with the number of values up to each; the last is
    /// that of all values.
    pub(super) fn buckets(&self) -> impl Iterator<Item = (Option<f64>, u64)> {
        let bounds = self.bounds.values.iter().map(|bound| Some(self.shown(*bound)));
        let mut total = 0;
        bounds.chain([None]).zip(&self.counts).map(move |(bound, count)| {
            total += count.value();
            (bound, total)
        })
    }

    /// The sum of all values, as it is shown.
    pub(super) fn sum(&self) -> f64 {
        self.shown(self.sum.value())
    }

    #[expect(clippy::cast_precision_loss, reason = "Prometheus has no other numbers")]
    fn shown(&self, value: u64) -> f64 {
        value as f64 / self.bounds.per_unit
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_is_in_every_bucket_from_its_own_on() {
        static BOUNDS: Bounds = Bounds { values: &[10, 20], per_unit: 10.0 };
        let histogram = Histogram::new(&BOUNDS);
        [0, 10, 11, 20, 21].into_iter().for_each(|value| histogram.observe(value));
        let buckets: Vec<_> = histogram.buckets().collect();
        assert_eq!(buckets, [(Some(1.0), 2), (Some(2.0), 4), (None, 5)]);
        assert!((histogram.sum() - 6.2).abs() < 1e-9);
    }
}

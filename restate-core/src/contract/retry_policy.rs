//! How often and how fast something that failed is tried again.

use std::time::Duration;

/// How often and how fast something that failed is tried again; a value that is not set is decided
/// where the policy is used.
///
/// The same type serves [`run`](crate::Run::retry_policy) closures, handlers
/// ([`Settings`](crate::Settings::retry_policy)) and the requests of the ingress client.
///
/// ```
/// use std::time::Duration;
/// use restate_core::RetryPolicy;
///
/// const PATIENT: RetryPolicy = RetryPolicy::new()
///     .initial_interval(Duration::from_millis(100))
///     .max_interval(Duration::from_secs(10))
///     .max_attempts(5);
/// assert_eq!(PATIENT.factor, None);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct RetryPolicy {
    /// Delay after the first failure.
    pub initial_interval: Option<Duration>,
    /// What each delay is multiplied by to get the next.
    pub factor: Option<f64>,
    /// The longest delay.
    pub max_interval: Option<Duration>,
    /// How many attempts are made, the first included.
    pub max_attempts: Option<u32>,
}

impl RetryPolicy {
    /// The longest delay before an attempt: a year. Longer ones are cut to it where they are used.
    ///
    /// The invoker of a Restate server (1.7) panics at a delay of 2^36 milliseconds, 2.2 years, and again
    /// after each restart.
    pub const MAX_DELAY: Duration = Duration::from_secs(365 * 24 * 60 * 60);

    /// A policy in which nothing is set.
    pub const fn new() -> Self {
        Self { initial_interval: None, factor: None, max_interval: None, max_attempts: None }
    }

    /// Waits this long after the first failure.
    #[must_use]
    pub const fn initial_interval(mut self, interval: Duration) -> Self {
        self.initial_interval = Some(interval);
        self
    }

    /// Multiplies each delay by this to get the next.
    ///
    /// # Panics
    ///
    /// If the factor is not a finite number above 0; in a `const`, that is an error of the compiler.
    #[must_use]
    pub const fn factor(mut self, factor: f64) -> Self {
        assert!(
            factor.is_finite() && factor > 0.0,
            "the factor of a retry policy must be a finite number above 0"
        );
        self.factor = Some(factor);
        self
    }

    /// Lets no delay grow longer than this.
    #[must_use]
    pub const fn max_interval(mut self, interval: Duration) -> Self {
        self.max_interval = Some(interval);
        self
    }

    /// Makes this many attempts, the first included.
    #[must_use]
    pub const fn max_attempts(mut self, attempts: u32) -> Self {
        self.max_attempts = Some(attempts);
        self
    }

    /// This policy, with the values of `fallback` where this one leaves a value unset.
    #[must_use]
    pub(crate) fn or(self, fallback: Self) -> Self {
        Self {
            initial_interval: self.initial_interval.or(fallback.initial_interval),
            factor: self.factor.or(fallback.factor),
            max_interval: self.max_interval.or(fallback.max_interval),
            max_attempts: self.max_attempts.or(fallback.max_attempts),
        }
    }
}

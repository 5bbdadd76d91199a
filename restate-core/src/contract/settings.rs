//! What a contract, or whoever binds it, asks of the engine.

use std::time::Duration;

use crate::payload::Encoding;

/// Settings of a service or of one of its handlers; what is not set is the engine's to decide.
///
/// A handler's settings go before those of its service, and [`ServiceOptions`](crate::ServiceOptions) where it
/// is bound before those of the contract.
///
/// ```
/// use std::time::Duration;
/// use restate_core::{Retries, Settings};
///
/// const PATIENT: Settings = Settings::new()
///     .inactivity_timeout(Duration::from_secs(600))
///     .retries(Retries::new().max_attempts(5).kill_on_max_attempts());
/// assert_eq!(PATIENT.private, None);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct Settings {
    /// How long an attempt may make no progress before it is asked to suspend.
    pub inactivity_timeout: Option<Duration>,
    /// How long after that it is aborted.
    pub abort_timeout: Option<Duration>,
    /// How long the journal of an ended invocation is kept.
    pub journal_retention: Option<Duration>,
    /// How long the response to a request with an idempotency key is kept.
    pub idempotency_retention: Option<Duration>,
    /// How long the result, state and promises of an ended workflow are kept.
    pub workflow_retention: Option<Duration>,
    /// Whether state is read from the engine when it is asked for, not sent ahead.
    pub lazy_state: Option<bool>,
    /// Whether only other handlers can call it, and not the ingress.
    pub private: Option<bool>,
    /// Whether a cancellation is only told to [`cancelled`](crate::Context::cancelled), and leaves
    /// what is awaited alone. Decided by the handlers' code, so not overridden where it is bound.
    pub explicit_cancellation: Option<bool>,
    /// In which encoding handlers answer with protobuf messages, and clients send them; as the
    /// request, and in binary, unless set. Both encodings are read in any case. Decided by the
    /// contract, so not overridden where it is bound.
    pub encoding: Option<Encoding>,
    /// When and how often a failed attempt is followed by another.
    pub retries: Retries,
}

impl Settings {
    /// Leaves everything to the engine.
    pub const fn new() -> Self {
        Self {
            inactivity_timeout: None,
            abort_timeout: None,
            journal_retention: None,
            idempotency_retention: None,
            workflow_retention: None,
            lazy_state: None,
            private: None,
            explicit_cancellation: None,
            encoding: None,
            retries: Retries::new(),
        }
    }

    /// Asks an attempt that makes no progress for so long to suspend.
    #[must_use]
    pub const fn inactivity_timeout(mut self, timeout: Duration) -> Self {
        self.inactivity_timeout = Some(timeout);
        self
    }

    /// Aborts an attempt that has not suspended so long after it was asked to.
    #[must_use]
    pub const fn abort_timeout(mut self, timeout: Duration) -> Self {
        self.abort_timeout = Some(timeout);
        self
    }

    /// Keeps the journals of ended invocations for so long.
    #[must_use]
    pub const fn journal_retention(mut self, retention: Duration) -> Self {
        self.journal_retention = Some(retention);
        self
    }

    /// Keeps responses to requests with an idempotency key for so long.
    #[must_use]
    pub const fn idempotency_retention(mut self, retention: Duration) -> Self {
        self.idempotency_retention = Some(retention);
        self
    }

    /// Keeps result, state and promises of ended workflows for so long.
    ///
    /// Only for a workflow's `run` handler.
    #[must_use]
    pub const fn workflow_retention(mut self, retention: Duration) -> Self {
        self.workflow_retention = Some(retention);
        self
    }

    /// Reads state when it is asked for; with `false`, it comes with each attempt.
    #[must_use]
    pub const fn lazy_state(mut self, lazy: bool) -> Self {
        self.lazy_state = Some(lazy);
        self
    }

    /// Hides it from the ingress; with `false`, shows a handler of a hidden service.
    #[must_use]
    pub const fn private(mut self, private: bool) -> Self {
        self.private = Some(private);
        self
    }

    /// Tells a cancellation only to [`cancelled`](crate::Context::cancelled); the handler goes on
    /// with what it awaits, and neither is any call it waits for cancelled.
    #[must_use]
    pub const fn explicit_cancellation(mut self) -> Self {
        self.explicit_cancellation = Some(true);
        self
    }

    /// Answers with protobuf messages in this encoding, whatever the encoding of the request.
    #[must_use]
    pub const fn encoding(mut self, encoding: Encoding) -> Self {
        self.encoding = Some(encoding);
        self
    }

    /// Retries failed attempts so.
    #[must_use]
    pub const fn retries(mut self, retries: Retries) -> Self {
        self.retries = retries;
        self
    }

    /// These settings, and those of `fallback` where these leave something open.
    #[must_use]
    pub fn or(self, fallback: Self) -> Self {
        Self {
            inactivity_timeout: self.inactivity_timeout.or(fallback.inactivity_timeout),
            abort_timeout: self.abort_timeout.or(fallback.abort_timeout),
            journal_retention: self.journal_retention.or(fallback.journal_retention),
            idempotency_retention: self.idempotency_retention.or(fallback.idempotency_retention),
            workflow_retention: self.workflow_retention.or(fallback.workflow_retention),
            explicit_cancellation: self.explicit_cancellation.or(fallback.explicit_cancellation),
            lazy_state: self.lazy_state.or(fallback.lazy_state),
            private: self.private.or(fallback.private),
            encoding: self.encoding.or(fallback.encoding),
            retries: self.retries.or(fallback.retries),
        }
    }
}

/// When and how often an attempt that failed is followed by another.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct Retries {
    /// Delay after the first failure.
    pub initial_interval: Option<Duration>,
    /// What each delay is multiplied by to get the next.
    pub factor: Option<f64>,
    /// No delay grows longer than this.
    pub max_interval: Option<Duration>,
    /// So many attempts are made, the first included.
    pub max_attempts: Option<u64>,
    /// What happens after the last of them.
    pub on_max_attempts: Option<OnMaxAttempts>,
}

impl Retries {
    /// Leaves everything to the engine.
    pub const fn new() -> Self {
        Self {
            initial_interval: None,
            factor: None,
            max_interval: None,
            max_attempts: None,
            on_max_attempts: None,
        }
    }

    /// Waits so long after the first failure.
    #[must_use]
    pub const fn initial_interval(mut self, interval: Duration) -> Self {
        self.initial_interval = Some(interval);
        self
    }

    /// Multiplies each delay by this to get the next.
    #[must_use]
    pub const fn factor(mut self, factor: f64) -> Self {
        self.factor = Some(factor);
        self
    }

    /// Lets no delay grow longer than this.
    #[must_use]
    pub const fn max_interval(mut self, interval: Duration) -> Self {
        self.max_interval = Some(interval);
        self
    }

    /// Makes so many attempts, the first included.
    #[must_use]
    pub const fn max_attempts(mut self, attempts: u64) -> Self {
        self.max_attempts = Some(attempts);
        self
    }

    /// After the last attempt keeps the invocation until somebody resumes it.
    #[must_use]
    pub const fn pause_on_max_attempts(mut self) -> Self {
        self.on_max_attempts = Some(OnMaxAttempts::Pause);
        self
    }

    /// After the last attempt ends the invocation with that attempt's error.
    #[must_use]
    pub const fn kill_on_max_attempts(mut self) -> Self {
        self.on_max_attempts = Some(OnMaxAttempts::Kill);
        self
    }

    fn or(self, fallback: Self) -> Self {
        Self {
            initial_interval: self.initial_interval.or(fallback.initial_interval),
            factor: self.factor.or(fallback.factor),
            max_interval: self.max_interval.or(fallback.max_interval),
            max_attempts: self.max_attempts.or(fallback.max_attempts),
            on_max_attempts: self.on_max_attempts.or(fallback.on_max_attempts),
        }
    }
}

/// What becomes of an invocation whose last attempt has failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum OnMaxAttempts {
    /// It is kept until somebody resumes it.
    Pause,
    /// It ends with the last attempt's error.
    Kill,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_set_goes_before_the_fallback() {
        let handler = Settings::new().private(false).retries(Retries::new().max_attempts(3));
        let service = Settings::new()
            .private(true)
            .lazy_state(true)
            .retries(Retries::new().max_attempts(9).factor(1.5));
        let both = handler.or(service);
        assert_eq!(both.private, Some(false));
        assert_eq!(both.lazy_state, Some(true));
        assert_eq!(both.retries, Retries::new().max_attempts(3).factor(1.5));
    }
}

//! The settings of services and handlers, from a contract or from where a service is bound.

use std::time::Duration;

use crate::{contract::retry_policy::RetryPolicy, payload::Encoding};

/// Settings of a service or of one of its handlers; the engine decides what is not set.
///
/// A handler's settings override those of its service, and [`ServiceOptions`](crate::ServiceOptions) where it
/// is bound before those of the contract.
///
/// ```
/// use std::time::Duration;
/// use restate_core::{OnMaxAttempts, RetryPolicy, Settings};
///
/// const PATIENT: Settings = Settings::new()
///     .inactivity_timeout(Duration::from_secs(600))
///     .retry_policy(RetryPolicy::new().max_attempts(5))
///     .on_max_attempts(OnMaxAttempts::Kill);
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
    /// Whether handlers start only when their invocation is on disk; only for the embedded engine, which
    /// does not wait for that unless set.
    pub durable_start: Option<bool>,
    /// In which encoding handlers answer with protobuf messages, and clients send them; as the
    /// request, and in binary, unless set. Both encodings are read in any case. Decided by the
    /// contract, so not overridden where it is bound.
    pub encoding: Option<Encoding>,
    /// Headers with secrets, such as `authorization`, that handlers see and the embedded engine stores.
    pub keep_headers: Option<&'static [&'static str]>,
    /// How often and how fast a failed attempt is followed by another.
    pub retry_policy: RetryPolicy,
    /// What happens after the last attempt of the retry policy.
    pub on_max_attempts: Option<OnMaxAttempts>,
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
            durable_start: None,
            encoding: None,
            keep_headers: None,
            retry_policy: RetryPolicy::new(),
            on_max_attempts: None,
        }
    }

    /// Asks an attempt to suspend that has made no progress for this long.
    #[must_use]
    pub const fn inactivity_timeout(mut self, timeout: Duration) -> Self {
        self.inactivity_timeout = Some(timeout);
        self
    }

    /// Aborts an attempt that has not suspended this long after it was asked to.
    #[must_use]
    pub const fn abort_timeout(mut self, timeout: Duration) -> Self {
        self.abort_timeout = Some(timeout);
        self
    }

    /// Keeps the journals of ended invocations for this long.
    #[must_use]
    pub const fn journal_retention(mut self, retention: Duration) -> Self {
        self.journal_retention = Some(retention);
        self
    }

    /// Keeps responses to requests with an idempotency key for this long.
    #[must_use]
    pub const fn idempotency_retention(mut self, retention: Duration) -> Self {
        self.idempotency_retention = Some(retention);
        self
    }

    /// Keeps the results, state and promises of ended workflows for this long.
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

    /// Starts handlers only when their invocation is on disk.
    ///
    /// Without it, the embedded engine starts a handler at once, and writes the invocation to the disk
    /// together with what the handler does. A crash may then take back an invocation whose handler has
    /// begun, before any client was told of it, while what the handler did outside of `run` closures
    /// remains. `run` closures wait for the disk in any case. So this is for handlers that change
    /// something outside of `run`. It costs one more sync of the disk for each invocation. A Restate
    /// server always waits.
    #[must_use]
    pub const fn durable_start(mut self, durable: bool) -> Self {
        self.durable_start = Some(durable);
        self
    }

    /// Answers with protobuf messages in this encoding, whatever the encoding of the request.
    #[must_use]
    pub const fn encoding(mut self, encoding: Encoding) -> Self {
        self.encoding = Some(encoding);
        self
    }

    /// Keeps these headers, which the embedded engine drops otherwise because they carry secrets:
    /// `authorization`, `cookie`, `proxy-authorization`, and those it was configured with.
    ///
    /// They are stored with the request, for as long as that, and are not shown to people. A Restate
    /// server stores all headers in any case.
    #[must_use]
    pub const fn keep_headers(mut self, names: &'static [&'static str]) -> Self {
        self.keep_headers = Some(names);
        self
    }

    /// Retries failed attempts by this policy.
    #[must_use]
    pub const fn retry_policy(mut self, policy: RetryPolicy) -> Self {
        self.retry_policy = policy;
        self
    }

    /// Decides what happens after the last attempt of the retry policy.
    #[must_use]
    pub const fn on_max_attempts(mut self, action: OnMaxAttempts) -> Self {
        self.on_max_attempts = Some(action);
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
            durable_start: self.durable_start.or(fallback.durable_start),
            encoding: self.encoding.or(fallback.encoding),
            keep_headers: self.keep_headers.or(fallback.keep_headers),
            retry_policy: self.retry_policy.or(fallback.retry_policy),
            on_max_attempts: self.on_max_attempts.or(fallback.on_max_attempts),
        }
    }
}

/// What happens after the last attempt that a [`RetryPolicy`] allows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum OnMaxAttempts {
    /// The invocation pauses until somebody resumes it.
    Pause,
    /// The last attempt's error becomes terminal.
    Kill,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn set_values_override_the_fallback() {
        let handler =
            Settings::new().private(false).retry_policy(RetryPolicy::new().max_attempts(3));
        let service = Settings::new()
            .private(true)
            .lazy_state(true)
            .retry_policy(RetryPolicy::new().max_attempts(9).factor(1.5));
        let both = handler.or(service);
        assert_eq!(both.private, Some(false));
        assert_eq!(both.lazy_state, Some(true));
        assert_eq!(both.retry_policy, RetryPolicy::new().max_attempts(3).factor(1.5));
    }
}

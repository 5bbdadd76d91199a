//! How large messages, values, state and journals may be.

use super::EngineBuilder;
#[cfg(any(test, feature = "testing"))]
use crate::model::size_limits::SizeLimits;

impl EngineBuilder {
    /// The longest message between a handler or a client and the engine, in bytes; default 32 MiB, as
    /// on a Restate server.
    ///
    /// A message is a request with its headers, a response, the result of a `run` step, or a value of
    /// state, an awakeable, a promise or a signal. A handler that sends a longer one fails with code
    /// 413; a client is refused with that code. At most 450 MiB, as the database holds a request and
    /// its response in one row.
    pub fn message_limit(mut self, bytes: usize) -> Self {
        self.settings.size_limits.message = bytes;
        self
    }

    /// The longest value in the state of an object, in bytes; default 32 MiB, as for messages.
    ///
    /// A handler that sets a longer one fails with code 413. A Restate server limits only messages.
    pub fn value_limit(mut self, bytes: usize) -> Self {
        self.settings.size_limits.value = bytes;
        self
    }

    /// The largest state of an object, all names and values together, in bytes; default 1 GiB.
    ///
    /// A handler that makes it larger fails with code 413. A Restate server has no such limit. State over
    /// 1 MiB is not sent to each attempt as it starts; the handler reads value by value, as with the setting
    /// `lazy_state`.
    pub fn state_limit(mut self, bytes: u64) -> Self {
        self.settings.size_limits.state = bytes;
        self
    }

    /// The longest journal of an invocation, in bytes; default 2 GiB.
    ///
    /// Each attempt reads the whole journal into memory. A handler that makes it longer fails with
    /// code 413, also if the result of a call or a value of state makes it longer, or a signal of another
    /// handler. A client whose signal or awakeable does not fit is refused with that code, and the handler
    /// goes on. A Restate server has no such limit.
    pub fn journal_limit(mut self, bytes: u64) -> Self {
        self.settings.size_limits.journal = bytes;
        self
    }

    #[cfg(any(test, feature = "testing"))]
    pub(crate) fn size_limits(mut self, limits: SizeLimits) -> Self {
        self.settings.size_limits = limits;
        self
    }
}

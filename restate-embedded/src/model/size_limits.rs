//! How large messages, values, state and journals may be.

use std::fmt;

/// Limits of an engine, in bytes. What exceeds one of them is refused before it is stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct SizeLimits {
    /// One message between a handler or a client and the engine: a request, a response, the result of
    /// a `run` step.
    pub(crate) message: usize,
    /// One value in the state of an object.
    pub(crate) value: usize,
    /// The state of one object: all names and values.
    pub(crate) state: u64,
    /// The journal of one invocation, without its input.
    pub(crate) journal: u64,
}

impl SizeLimits {
    /// The highest message limit. A row of SQLite holds at most 10^9 bytes, and that of a completed
    /// invocation holds both its request and its response.
    pub(crate) const MAX_MESSAGE: usize = 450 << 20;
}

impl Default for SizeLimits {
    fn default() -> Self {
        Self {
            // As on a Restate server, so that a handler can move from one to the other.
            message: 32 << 20,
            value: 32 << 20,
            // An object of this size can be read and copied in seconds. A handler reads its values one
            // by one, so this is not a matter of memory.
            state: 1 << 30,
            // An attempt that replays a journal holds all of it in memory.
            journal: 2 << 30,
        }
    }
}

/// Something that is larger than a limit allows.
#[derive(Debug)]
pub(crate) enum Oversize<'a> {
    /// A message that a client sends.
    Message {
        length: usize,
        limit: usize,
    },
    Value {
        name: &'a [u8],
        length: usize,
        limit: usize,
    },
    State {
        name: &'a [u8],
        length: u64,
        limit: u64,
    },
    Journal {
        length: u64,
        limit: u64,
    },
}

impl fmt::Display for Oversize<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Message { length, limit } => write!(
                f,
                "the message has {length} bytes, over the message limit of {limit} bytes; send less \
                 at a time, or raise `message_limit(..)` of the engine"
            ),
            Self::Value { name, length, limit } => write!(
                f,
                "the value of state `{}` has {length} bytes, over the value limit of {limit} bytes; \
                 divide it among several names, or raise `value_limit(..)` of the engine",
                String::from_utf8_lossy(name)
            ),
            Self::State { name, length, limit } => write!(
                f,
                "with the value of `{}`, the state of this key has {length} bytes, over the state \
                 limit of {limit} bytes; clear what is not needed, divide it among several keys, or \
                 raise `state_limit(..)` of the engine",
                String::from_utf8_lossy(name)
            ),
            Self::Journal { length, limit } => write!(
                f,
                "the journal has {length} bytes with this entry, over the journal limit of {limit} \
                 bytes; divide the work among several invocations, or raise `journal_limit(..)` of \
                 the engine"
            ),
        }
    }
}

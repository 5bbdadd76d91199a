//! What the services of `restate.v1` ask of the engine, other than calls.

use bytes::Bytes;
use restate_core::Encoding;

/// Something to do with an invocation or an awakeable.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Operation<R> {
    /// Wait for the result of an invocation.
    Attach {
        /// Whose result.
        of: InvocationName<R>,
        /// The encoding of the response, if it is a message.
        encoding: Encoding,
    },
    /// The result of an invocation that has ended; code 470 if it has not.
    Output {
        /// Whose result.
        of: InvocationName<R>,
        /// The encoding of the response, if it is a message.
        encoding: Encoding,
    },
    /// Ask an invocation to end.
    Cancel {
        /// Its id, unchecked.
        invocation_id: String,
    },
    /// Complete an awakeable with a value.
    ResolveAwakeable {
        /// Its id, unchecked.
        id: String,
        /// The value, as the handler reads it.
        value: Bytes,
    },
    /// Complete an awakeable with a failure, which has code 500.
    RejectAwakeable {
        /// Its id, unchecked.
        id: String,
        /// The message of the failure.
        reason: String,
    },
}

/// How a client names an invocation.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum InvocationName<R> {
    /// By its id, unchecked.
    Id(String),
    /// By the idempotency key of its call, or as the `run` of a workflow.
    Call {
        /// The rpc that was called.
        rpc: R,
        /// Key of the object or workflow.
        key: Option<String>,
        /// The scope of the call.
        scope: Option<String>,
        /// `None` for the `run` of a workflow.
        idempotency_key: Option<String>,
    },
}

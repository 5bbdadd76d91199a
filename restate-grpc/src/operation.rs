//! What the services of `restate.v1` ask of the engine, other than calls.

use bytes::Bytes;
use restate_core::Encoding;

/// Something to do with an invocation, an awakeable or a promise of a workflow.
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
    /// Complete a promise of a workflow with a value; code 409 if it was completed before.
    ResolvePromise {
        /// Which promise.
        of: PromiseName,
        /// The value, as the handlers read it.
        value: Bytes,
    },
    /// Complete a promise of a workflow with a failure, which has code 500; code 409 if it was completed
    /// before.
    RejectPromise {
        /// Which promise.
        of: PromiseName,
        /// The message of the failure.
        reason: String,
    },
}

/// A promise of a workflow, as a client names it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PromiseName {
    /// The name of the workflow in the contract, unchecked.
    pub service: String,
    /// The key of the workflow.
    pub key: String,
    /// The name of the promise.
    pub name: String,
    /// The scope of the workflow.
    pub scope: Option<String>,
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

//! The seam: what a front door needs of whatever carries its calls.

use std::{
    future::{pending, ready},
    time::Duration,
};

use bytes::Bytes;
use restate_core::{Encoding, TerminalError};

use crate::{
    operation::{Operation, PromiseName},
    status::RpcStatus,
};

/// Carries calls to an engine, whose services are known only at run time.
pub trait Calls: Send + Sync + 'static {
    /// An rpc that was found.
    type Rpc: Send;

    /// Whether it has a service of this name in the contract.
    fn serves(&self, service: &str) -> bool;

    /// Finds the rpc that clients call at `/{service}/{method}`, by its names in the contract.
    ///
    /// # Errors
    ///
    /// [`Unimplemented`](restate_core::RpcCode::Unimplemented) for one that is not there,
    /// [`PermissionDenied`](restate_core::RpcCode::PermissionDenied) for one that only handlers may call.
    fn find(&self, service: &str, method: &str) -> Result<Self::Rpc, RpcStatus>;

    /// Whether a call changes nothing, so that a GET may make it.
    fn is_read(&self, rpc: &Self::Rpc) -> bool;

    /// The services that clients may call. The front door describes them, and tells their health.
    fn services(&self) -> Vec<PublicService> {
        Vec::new()
    }

    /// Whether calls are carried out at the moment; always, unless this says otherwise.
    fn serving(&self) -> impl Future<Output = Serving> + Send {
        ready(Serving::Serving)
    }

    /// Resolves when [`serving`](Self::serving) is not `seen` any more, to what it is then.
    fn serving_unlike(&self, seen: Serving) -> impl Future<Output = Serving> + Send {
        let _ = seen;
        pending()
    }

    /// Resolves when the engine is stopping, because open streams end then; never, unless this says otherwise.
    fn draining(&self) -> impl Future<Output = ()> + Send {
        pending()
    }

    /// Makes a call.
    fn call(&self, rpc: Self::Rpc, call: UnaryCall) -> impl Future<Output = Answer> + Send;

    /// Does what the services of `restate.v1` offer for invocations, awakeables and promises. The answer has
    /// the response of the invocation, or nothing.
    fn operate(&self, operation: Operation<Self::Rpc>) -> impl Future<Output = Answer> + Send;

    /// What a promise of a workflow was resolved with; `None` if it is not completed.
    ///
    /// # Errors
    ///
    /// The failure that it was rejected with, or why there is no such promise.
    fn peek(
        &self,
        promise: PromiseName,
    ) -> impl Future<Output = Result<Option<Bytes>, TerminalError>> + Send;
}

/// A service that clients may call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PublicService {
    /// Its name in the contract.
    pub name: String,
    /// The names of its rpcs that clients may call.
    pub rpcs: Vec<String>,
    /// The files of its contract, as an encoded `google.protobuf.FileDescriptorSet`. May be empty, and may
    /// lack files of `google/protobuf` and those with options of this library.
    pub files: Bytes,
}

/// Whether calls are carried out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Serving {
    /// They are.
    Serving,
    /// The engine is stopping.
    Draining,
    /// The engine has stopped, because its store has failed.
    Failed,
    /// The engine is another server, which does not answer.
    Unreachable,
}

/// A call of a client, whatever protocol it came over.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct UnaryCall {
    /// The request, decompressed.
    pub message: Bytes,
    /// The encoding of the request, and of the response that is expected.
    pub encoding: Encoding,
    /// Headers for the handler, without those of the protocol and of this crate.
    pub headers: Vec<(String, String)>,
    /// The key in `x-restate-key`, for contracts whose requests do not hold one.
    pub key: Option<String>,
    /// The value of `idempotency-key`.
    pub idempotency_key: Option<String>,
    /// The value of `x-restate-scope`.
    pub scope: Option<String>,
    /// The value of `x-restate-limit-key`.
    pub limit_key: Option<String>,
    /// Whether the client waits for the result.
    pub mode: CallMode,
    /// The path that the client has called.
    pub path: String,
}

/// Whether a client waits for the result.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CallMode {
    /// It does, at most this long.
    Call {
        /// `None` if it has no deadline.
        wait: Option<Duration>,
    },
    /// It does not: `x-restate-send: true`.
    Send {
        /// The value of `x-restate-delay`, as it was sent.
        delay: Option<String>,
    },
}

/// What came of a call.
#[derive(Clone, Debug, PartialEq)]
pub struct Answer {
    /// The id of the invocation, if there is one.
    pub invocation_id: Option<String>,
    /// The response in the encoding of the request, or why there is none.
    pub result: Result<Bytes, CallError>,
}

/// Why a call has no response.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CallError {
    /// The handler failed with this error, or the call was refused.
    Failed(TerminalError),
    /// The client does not wait any longer. The invocation goes on.
    DeadlineExceeded,
}

impl Answer {
    /// The refusal of a call; nothing was stored.
    pub fn refused(error: TerminalError) -> Self {
        Self { invocation_id: None, result: Err(CallError::Failed(error)) }
    }
}

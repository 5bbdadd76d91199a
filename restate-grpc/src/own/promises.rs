//! `restate.v1.Promises`: completes promises of workflows, and looks at them.

use bytes::Bytes;
use restate_core::Encoding;

use super::{
    invocations::{given, invalid, respond},
    messages::engine::{
        PeekRequest, PeekResponse, Promise, PromisesRejectRequest, PromisesRejectResponse,
        PromisesResolveRequest, PromisesResolveResponse,
    },
};
use crate::{
    calls::{Answer, CallError, Calls},
    operation::{Operation, PromiseName},
    status::RpcStatus,
    stream::{decode, encode},
};

/// An rpc of `restate.v1.Promises`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum PromiseRpc {
    Resolve,
    Reject,
    Peek,
}

impl PromiseRpc {
    pub(super) fn find(method: &str) -> Option<Self> {
        match method {
            "Resolve" => Some(Self::Resolve),
            "Reject" => Some(Self::Reject),
            "Peek" => Some(Self::Peek),
            _ => None,
        }
    }

    pub(super) async fn answer<C: Calls>(
        self,
        calls: &C,
        message: Bytes,
        encoding: Encoding,
    ) -> Result<Answer, RpcStatus> {
        match self {
            Self::Resolve => {
                let PromisesResolveRequest { promise, value } = decode(message, encoding)?;
                let of = named(promise)?;
                let answer = calls.operate(Operation::ResolvePromise { of, value }).await;
                respond(answer, encoding, |_, _| PromisesResolveResponse {})
            }
            Self::Reject => {
                let PromisesRejectRequest { promise, reason } = decode(message, encoding)?;
                let of = named(promise)?;
                let answer = calls.operate(Operation::RejectPromise { of, reason }).await;
                respond(answer, encoding, |_, _| PromisesRejectResponse {})
            }
            Self::Peek => {
                let PeekRequest { promise } = decode(message, encoding)?;
                let result = match calls.peek(named(promise)?).await {
                    Ok(value) => Ok(encode(&PeekResponse { value }, encoding)?),
                    Err(error) => Err(CallError::Failed(error)),
                };
                Ok(Answer { invocation_id: None, result })
            }
        }
    }
}

fn named(promise: Option<Promise>) -> Result<PromiseName, RpcStatus> {
    let promise = promise.ok_or_else(|| invalid("the request has no `promise`"))?;
    let Promise { service, key, name, scope } = promise;
    if name.is_empty() {
        return Err(invalid("the promise has no `name`; set the one that the handlers give it"));
    }
    Ok(PromiseName { service, key, name, scope: given(scope) })
}

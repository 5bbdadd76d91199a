//! `restate.v1`: calls by name, and what invocations and awakeables have no rpc of a contract for.

use std::time::Duration;

use bytes::Bytes;
use restate_core::{Encoding, Payload, RpcCode};
use tokio::time::timeout;

use super::{
    AWAKEABLES, INGRESS,
    messages::engine::{
        AttachRequest, AttachResponse, Call, CancelRequest, CancelResponse, GetOutputRequest,
        GetOutputResponse, IdempotentCall, Invocation, InvokeRequest, InvokeResponse,
        RejectRequest, RejectResponse, ResolveRequest, ResolveResponse, SendRequest, SendResponse,
        invocation::Name,
    },
};
use crate::{
    calls::{Answer, CallError, CallMode, Calls, UnaryCall},
    metadata::CallOptions,
    operation::{InvocationName, Operation},
    status::RpcStatus,
    stream::{decode, encode},
};

/// A request to one of this crate's own services.
pub(crate) struct OwnRequest {
    pub(crate) message: Bytes,
    pub(crate) encoding: Encoding,
    pub(crate) options: CallOptions,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) wait: Option<Duration>,
    pub(crate) path: String,
}

/// An rpc of `restate.v1`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum EngineRpc {
    Invoke,
    Send,
    Attach,
    GetOutput,
    Cancel,
    ResolveAwakeable,
    RejectAwakeable,
}

impl EngineRpc {
    pub(super) fn find(service: &str, method: &str) -> Option<Self> {
        match (service, method) {
            (INGRESS, "Invoke") => Some(Self::Invoke),
            (INGRESS, "Send") => Some(Self::Send),
            (INGRESS, "Attach") => Some(Self::Attach),
            (INGRESS, "GetOutput") => Some(Self::GetOutput),
            (INGRESS, "Cancel") => Some(Self::Cancel),
            (AWAKEABLES, "Resolve") => Some(Self::ResolveAwakeable),
            (AWAKEABLES, "Reject") => Some(Self::RejectAwakeable),
            _ => None,
        }
    }

    pub(super) async fn answer<C: Calls>(
        self,
        calls: &C,
        request: OwnRequest,
    ) -> Result<Answer, RpcStatus> {
        let encoding = request.encoding;
        match self {
            Self::Invoke => invoke(calls, request).await,
            Self::Send => send(calls, request).await,
            Self::Attach => attach(calls, request).await,
            Self::GetOutput => {
                let GetOutputRequest { invocation, json } = decode(request.message, encoding)?;
                let of = named(calls, invocation)?;
                let answer = calls.operate(Operation::Output { of, encoding: written(json) });
                respond(answer.await, encoding, |_, response| GetOutputResponse { response })
            }
            Self::Cancel => {
                let CancelRequest { invocation_id } = decode(request.message, encoding)?;
                let answer = calls.operate(Operation::Cancel { invocation_id }).await;
                respond(answer, encoding, |_, _| CancelResponse {})
            }
            Self::ResolveAwakeable => {
                let ResolveRequest { id, value } = decode(request.message, encoding)?;
                let answer = calls.operate(Operation::ResolveAwakeable { id, value }).await;
                respond(answer, encoding, |_, _| ResolveResponse {})
            }
            Self::RejectAwakeable => {
                let RejectRequest { id, reason } = decode(request.message, encoding)?;
                let answer = calls.operate(Operation::RejectAwakeable { id, reason }).await;
                respond(answer, encoding, |_, _| RejectResponse {})
            }
        }
    }
}

async fn invoke<C: Calls>(calls: &C, mut request: OwnRequest) -> Result<Answer, RpcStatus> {
    let encoding = request.encoding;
    let InvokeRequest { call } = decode(std::mem::take(&mut request.message), encoding)?;
    let mode = match request.options.send {
        true => CallMode::Send { delay: request.options.delay.take() },
        false => CallMode::Call { wait: request.wait },
    };
    let answer = make(calls, call, mode, request).await?;
    respond(answer, encoding, |_, response| InvokeResponse { response })
}

async fn send<C: Calls>(calls: &C, mut request: OwnRequest) -> Result<Answer, RpcStatus> {
    let encoding = request.encoding;
    let SendRequest { call, delay } = decode(std::mem::take(&mut request.message), encoding)?;
    let delay = given(delay).or_else(|| request.options.delay.take());
    let answer = make(calls, call, CallMode::Send { delay }, request).await?;
    respond(answer, encoding, |id, _| SendResponse { invocation_id: id.to_owned() })
}

/// Makes a call of the rpc that it names. What it leaves empty may be in the metadata, as for other calls.
async fn make<C: Calls>(
    calls: &C,
    call: Option<Call>,
    mode: CallMode,
    request: OwnRequest,
) -> Result<Answer, RpcStatus> {
    let call = call.ok_or_else(|| invalid("the request has no `call`"))?;
    let rpc = find(calls, &call.service, &call.rpc)?;
    let OwnRequest { options, headers, path, .. } = request;
    let call = UnaryCall {
        message: call.request,
        encoding: written(call.json),
        headers,
        key: given(call.key).or(options.key),
        idempotency_key: given(call.idempotency_key).or(options.idempotency_key),
        scope: given(call.scope).or(options.scope),
        limit_key: given(call.limit_key).or(options.limit_key),
        mode,
        path,
    };
    Ok(calls.call(rpc, call).await)
}

async fn attach<C: Calls>(calls: &C, request: OwnRequest) -> Result<Answer, RpcStatus> {
    let OwnRequest { message, encoding, wait, .. } = request;
    let AttachRequest { invocation, json } = decode(message, encoding)?;
    let of = named(calls, invocation)?;
    let invocation_id = match &of {
        InvocationName::Id(id) => Some(id.clone()),
        InvocationName::Call { .. } => None,
    };
    let attached = calls.operate(Operation::Attach { of, encoding: written(json) });
    let answer = match wait {
        None => attached.await,
        Some(wait) => timeout(wait, attached)
            .await
            .unwrap_or(Answer { invocation_id, result: Err(CallError::DeadlineExceeded) }),
    };
    respond(answer, encoding, |_, response| AttachResponse { response })
}

fn named<C: Calls>(
    calls: &C,
    invocation: Option<Invocation>,
) -> Result<InvocationName<C::Rpc>, RpcStatus> {
    match invocation.and_then(|invocation| invocation.name) {
        Some(Name::Id(id)) => Ok(InvocationName::Id(id)),
        Some(Name::Call(call)) => {
            let IdempotentCall { service, rpc, key, idempotency_key, scope } = call;
            Ok(InvocationName::Call {
                rpc: find(calls, &service, &rpc)?,
                key: given(key),
                scope: given(scope),
                idempotency_key: given(idempotency_key),
            })
        }
        None => Err(invalid("the request names no `invocation`; set its `id` or its `call`")),
    }
}

/// The rpc of this name. `UNIMPLEMENTED` would say that this service has not the rpc that was called.
fn find<C: Calls>(calls: &C, service: &str, rpc: &str) -> Result<C::Rpc, RpcStatus> {
    calls.find(service, rpc).map_err(|status| match status.code() {
        RpcCode::Unimplemented => RpcStatus::new(RpcCode::NotFound, status.message()),
        _ => status,
    })
}

/// The answer with a message made of the id of the invocation and its response.
pub(super) fn respond<T: Payload>(
    answer: Answer,
    encoding: Encoding,
    message: impl FnOnce(&str, Bytes) -> T,
) -> Result<Answer, RpcStatus> {
    let Answer { invocation_id, result } = answer;
    let result = match result {
        Ok(response) => {
            let id = invocation_id.as_deref().unwrap_or_default();
            Ok(encode(&message(id, response), encoding)?)
        }
        Err(error) => Err(error),
    };
    Ok(Answer { invocation_id, result })
}

fn written(json: bool) -> Encoding {
    if json { Encoding::Json } else { Encoding::Proto }
}

pub(super) fn given(text: String) -> Option<String> {
    (!text.is_empty()).then_some(text)
}

pub(super) fn invalid(text: &str) -> RpcStatus {
    RpcStatus::new(RpcCode::InvalidArgument, text)
}

//! Carries calls to the ingress of an engine.

use std::sync::Arc;

use bytes::Bytes;
use restate_core::{Encoding, RpcCode, TerminalError};
use restate_descriptors::options::ServiceKind;
use restate_ingress::{EncodedCall, EncodedResponse, IngressClient};

use super::{
    deadline::{KnownBy, Waited, call_within, own_key},
    failure::{Repetition, answer},
    health::{Health, PATIENCE},
    operate::no_promises,
    response,
};
use crate::{
    calls::{Answer, CallError, CallMode, Calls, PublicService, Serving, UnaryCall},
    contracts::{Contracts, method::Method, transcode},
    keys::key_of_call,
    operation::{Operation, PromiseName},
    status::RpcStatus,
};

/// Carries calls to an engine through its ingress, such as that of a Restate server.
///
/// ```no_run
/// use restate_grpc::{FrontDoor, MessageLimits};
/// use restate_grpc::ingress::{Contracts, DefaultEncoding, IngressCalls};
/// use restate_ingress::IngressClient;
///
/// # fn example() -> Result<(), Box<dyn std::error::Error>> {
/// let set = std::fs::read("shop.binpb")?;
/// let contracts = Contracts::read(&set, DefaultEncoding::AsRequest)?;
/// let client = IngressClient::builder("http://node1:8080").node("http://node2:8080").build()?;
/// let front_door = FrontDoor::new(IngressCalls::new(client, contracts), MessageLimits::default());
/// # let _ = front_door;
/// # Ok(())
/// # }
/// ```
///
/// # Nodes
///
/// The nodes of the client take turns. Any call goes to the next node if there is no connection to
/// one, because nothing was sent. A call that may have been accepted is repeated only if that executes
/// nothing twice: with an idempotency key, or if its contract says `idempotency_level = NO_SIDE_EFFECTS`.
///
/// # Health
///
/// The services are healthy as long as the ingress of a node answers its health route. An answer counts for a
/// second.
///
/// # Deadlines
///
/// An ingress names an invocation when it has ended. So that a client whose deadline has passed learns
/// the id, calls with a deadline and without an idempotency key get one that is random, except for the
/// `run` of a workflow. The engine then keeps their results for the retention of idempotent calls;
/// [`without_own_keys`](Self::without_own_keys) saves that.
///
/// # Headers with secrets
///
/// A Restate server stores the headers of requests. So `authorization`, `cookie` and `proxy-authorization` are
/// passed on only to handlers whose contract says so with `keep_headers`, as on the embedded engine. If the
/// client has a token of its own, the ingress gets that in `authorization`, and so does the handler.
#[derive(Debug)]
pub struct IngressCalls {
    client: IngressClient,
    contracts: Contracts,
    own_keys: OwnKeys,
    health: Health,
}

/// Whether calls with a deadline get idempotency keys.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum OwnKeys {
    Given,
    NotGiven,
}

impl IngressCalls {
    /// Carries calls of the services of `contracts`.
    pub fn new(client: IngressClient, contracts: Contracts) -> Self {
        Self { client, contracts, own_keys: OwnKeys::Given, health: Health::default() }
    }

    /// Gives calls no idempotency keys. A client whose deadline has passed does not learn the id of the
    /// invocation then, unless it has sent a key.
    #[must_use]
    pub fn without_own_keys(self) -> Self {
        Self { own_keys: OwnKeys::NotGiven, ..self }
    }

    pub(super) fn client(&self) -> &IngressClient {
        &self.client
    }

    /// The call of the engine, and its key if it is of an object or workflow.
    fn encode(&self, method: &Method, call: UnaryCall) -> Result<Encoded, TerminalError> {
        let sent = transcode::request(method, call.message, call.encoding)?;
        let key = key(method, sent.key, call.key)?;
        let target = method.target(key);
        let idempotency_key = call.idempotency_key.or_else(|| match (&call.mode, self.own_keys) {
            (CallMode::Call { wait: Some(_) }, OwnKeys::Given) if !method.is_run => own_key(),
            _ => None,
        });
        let known_by = match &idempotency_key {
            _ if method.is_run => {
                KnownBy::Workflow { target: target.clone(), scope: call.scope.clone() }
            }
            Some(key) => KnownBy::IdempotencyKey {
                target: target.clone(),
                scope: call.scope.clone(),
                key: key.clone(),
            },
            None => KnownBy::Nothing,
        };
        let is_repeatable = method.is_read || idempotency_key.is_some();
        let repetition = if is_repeatable { Repetition::Safe } else { Repetition::Unsafe };
        let has_token = self.client.has_token();
        let headers = call.headers.into_iter();
        let headers = headers
            .filter(|(name, _)| method.sees(name) && !(has_token && name == "authorization"));
        let encoded = EncodedCall::new(target, sent.body, sent.content_type)
            .headers(headers)
            .idempotency_key(idempotency_key)
            .scope(call.scope)
            .limit_key(call.limit_key);
        let call = if method.is_read { encoded.without_side_effects() } else { encoded };
        Ok(Encoded { call, known_by, repetition })
    }
}

struct Encoded {
    call: EncodedCall,
    known_by: KnownBy,
    repetition: Repetition,
}

/// An rpc of a contract.
#[derive(Clone, Debug)]
pub struct IngressRpc(Arc<Method>);

impl IngressRpc {
    pub(super) fn method(&self) -> &Method {
        &self.0
    }
}

impl Calls for IngressCalls {
    type Rpc = IngressRpc;

    fn serves(&self, service: &str) -> bool {
        self.contracts.services.contains_key(service)
    }

    fn find(&self, service: &str, method: &str) -> Result<IngressRpc, RpcStatus> {
        let unknown = |text| RpcStatus::new(RpcCode::Unimplemented, text);
        let methods = self.contracts.services.get(service);
        let methods = methods.ok_or_else(|| unknown(format!("no such service: `{service}`")))?;
        let found = methods.get(method);
        let found =
            found.ok_or_else(|| unknown(format!("service `{service}` has no rpc `{method}`")))?;
        found.admit()?;
        Ok(IngressRpc(Arc::clone(found)))
    }

    fn is_read(&self, rpc: &IngressRpc) -> bool {
        rpc.0.is_read
    }

    fn services(&self) -> Vec<PublicService> {
        let services = self.contracts.services.iter().map(|(name, methods)| {
            let public = methods.iter().filter(|(_, method)| method.admit().is_ok());
            let rpcs = public.map(|(name, _)| name.clone()).collect();
            PublicService { name: name.clone(), rpcs, files: self.contracts.files.clone() }
        });
        services.filter(|service| !service.rpcs.is_empty()).collect()
    }

    async fn serving(&self) -> Serving {
        self.health.now(self.client.is_healthy(PATIENCE)).await
    }

    async fn serving_unlike(&self, seen: Serving) -> Serving {
        self.health.unlike(seen, || self.client.is_healthy(PATIENCE)).await
    }

    async fn call(&self, IngressRpc(method): IngressRpc, call: UnaryCall) -> Answer {
        let (asked, mode) = (call.encoding, call.mode.clone());
        let Encoded { call, known_by, repetition } = match self.encode(&method, call) {
            Ok(encoded) => encoded,
            Err(error) => return Answer::refused(error),
        };
        let response = match mode {
            CallMode::Send { delay } => {
                return match self.client.send_encoded(call, delay.as_deref()).await {
                    Ok(id) => {
                        let invocation_id = Some(id.to_string());
                        Answer { invocation_id, result: Ok(response::empty(asked)) }
                    }
                    Err(error) => answer(error, repetition),
                };
            }
            CallMode::Call { wait: None } => self.client.call_encoded(call).await,
            CallMode::Call { wait: Some(wait) } => {
                match call_within(&self.client, call, known_by, wait).await {
                    Waited::Finished(response) => response,
                    Waited::Left(id) => {
                        let invocation_id = id.map(|id| id.to_string());
                        return Answer { invocation_id, result: Err(CallError::DeadlineExceeded) };
                    }
                }
            }
        };
        match response {
            Ok(response) => answered(&method, response, asked),
            Err(error) => answer(error, repetition),
        }
    }

    async fn operate(&self, operation: Operation<IngressRpc>) -> Answer {
        self.carry_out(operation).await
    }

    async fn peek(&self, promise: PromiseName) -> Result<Option<Bytes>, TerminalError> {
        Err(no_promises(&promise))
    }
}

fn answered(method: &Method, response: EncodedResponse, asked: Encoding) -> Answer {
    let EncodedResponse { invocation_id, body, .. } = response;
    let result = response::response(method, body, asked).map_err(CallError::Failed);
    Answer { invocation_id: Some(invocation_id.to_string()), result }
}

/// The key of a call, if it is of an object or workflow.
pub(super) fn key(
    method: &Method,
    in_request: Option<String>,
    in_metadata: Option<String>,
) -> Result<Option<String>, TerminalError> {
    let field = method.key.as_ref().map(|field| field.name());
    match method.kind {
        ServiceKind::Service if in_metadata.is_some() => Err(TerminalError::bad_request(format!(
            "`{}` has no keys; leave out the metadata `x-restate-key`",
            method.name
        ))),
        ServiceKind::Service => Ok(None),
        ServiceKind::Singleton => {
            let only = Some(SINGLETON.to_owned());
            key_of_call(|| method.name.clone(), field, only, in_metadata).map(Some)
        }
        ServiceKind::Object | ServiceKind::Workflow => {
            key_of_call(|| method.name.clone(), field, in_request, in_metadata).map(Some)
        }
    }
}

/// The key of an object that exists once.
const SINGLETON: &str = "singleton";

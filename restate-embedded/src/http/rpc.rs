//! Calls over gRPC, gRPC-Web and Connect.

mod operate;
mod promises;

use std::{future::pending, sync::Arc, time::Duration};

use bytes::Bytes;
use restate_core::{
    Encoding, Format, RpcCode, TerminalError,
    contract::{HandlerDescriptor, ServiceDescriptor, ServiceKind, handler_called},
    wire::protocol::{Header, OutputResult},
};
use restate_grpc::{
    Answer, CallError, CallMode, Calls, FrontDoor, MessageLimits, Operation, PromiseName,
    PublicService, RpcStatus, Serving, UnaryCall, key_of_call,
};

use super::{
    body::BodyLimits,
    duration,
    ingress::{check_key, check_limit_key, guess, refusal_of, scope},
    refusal::refusal,
};
use crate::{
    engine::{
        client::terminal,
        driver::instant,
        handle::{EngineHandle, HandleError, InvocationOutput, InvokeRequest, Waited},
    },
    model::{figures::RequestOutcome, target::Target},
};

/// Answers the calls of these protocols from an engine.
pub(super) type RpcServer = FrontDoor<EngineCalls>;

/// A server of the calls to this engine.
pub(super) fn server(engine: EngineHandle, bodies: &BodyLimits) -> RpcServer {
    let BodyLimits { length, admission } = bodies.clone();
    FrontDoor::new(EngineCalls { engine }, MessageLimits { length, admission })
}

/// Carries calls to an engine in this process.
#[derive(Debug)]
pub(super) struct EngineCalls {
    engine: EngineHandle,
}

/// A handler that clients may call.
pub(super) struct Rpc {
    service: &'static ServiceDescriptor,
    handler: &'static HandlerDescriptor,
}

impl Calls for EngineCalls {
    type Rpc = Rpc;

    fn serves(&self, service: &str) -> bool {
        self.service(service).is_some()
    }

    fn find(&self, service: &str, method: &str) -> Result<Rpc, RpcStatus> {
        let unknown = |code, text| {
            let catalog = self.engine.catalog();
            catalog.unknown_figures().request(RequestOutcome::Refused, Duration::ZERO);
            Err(RpcStatus::new(code, text))
        };
        let Some(service) = self.service(service) else {
            let error = self.engine.awaited.no_such_service(service);
            let code = match error.code() {
                503 => RpcCode::Unavailable,
                _ => RpcCode::Unimplemented,
            };
            return unknown(code, error.message().to_owned());
        };
        let name = service.contract_name();
        let found = service.rpc(method).or_else(|| handler_called(service, method));
        let Some(handler) = found else {
            return unknown(
                RpcCode::Unimplemented,
                format!("service `{name}` has no rpc `{method}`"),
            );
        };
        if service.settings_of(handler.name()).private == Some(true) {
            let text = format!("`{name}/{method}` is private; only handlers can call it");
            return Err(RpcStatus::new(RpcCode::PermissionDenied, text));
        }
        Ok(Rpc { service, handler })
    }

    fn is_read(&self, rpc: &Rpc) -> bool {
        let target = Target::new(rpc.service.name(), rpc.handler.name(), "");
        self.engine.catalog().is_read(&target)
    }

    fn services(&self) -> Vec<PublicService> {
        let catalog = self.engine.catalog();
        let services = catalog.descriptors().map(|service| {
            let is_public = |handler: &&HandlerDescriptor| {
                service.settings_of(handler.name()).private != Some(true)
            };
            let rpcs = service.handlers().iter().filter(is_public);
            PublicService {
                name: service.contract_name().to_owned(),
                rpcs: rpcs.map(|handler| handler.rpc_name().to_owned()).collect(),
                files: Bytes::from_static(service.file_descriptor_set()),
            }
        });
        services.filter(|service| !service.rpcs.is_empty()).collect()
    }

    async fn serving(&self) -> Serving {
        *self.engine.serving.borrow()
    }

    async fn serving_unlike(&self, seen: Serving) -> Serving {
        self.serving_until(|now| *now != seen).await
    }

    async fn draining(&self) {
        self.serving_until(|now| *now == Serving::Draining).await;
    }

    async fn call(&self, rpc: Rpc, call: UnaryCall) -> Answer {
        let began = instant();
        let target = Target::new(rpc.service.name(), rpc.handler.name(), "");
        let figures = Arc::clone(self.engine.catalog().figures(&target));
        let answer = self.answer_call(rpc, call).await;
        let outcome = match &answer {
            Answer { result: Ok(_), .. } => RequestOutcome::Succeeded,
            Answer { result: Err(CallError::Failed(_)), invocation_id: Some(_) } => {
                RequestOutcome::Failed
            }
            Answer { .. } => RequestOutcome::Refused,
        };
        figures.request(outcome, began.elapsed());
        answer
    }

    async fn operate(&self, operation: Operation<Rpc>) -> Answer {
        self.carry_out(operation).await
    }

    async fn peek(&self, promise: PromiseName) -> Result<Option<Bytes>, TerminalError> {
        self.peek_at(promise).await
    }
}

impl EngineCalls {
    async fn answer_call(&self, rpc: Rpc, call: UnaryCall) -> Answer {
        let (encoding, mode) = (call.encoding, call.mode.clone());
        let request = match self.request(&rpc, call) {
            Ok(request) => request,
            Err(error) => return Answer::refused(error),
        };
        let waited = match mode {
            CallMode::Send { .. } => {
                return match self.engine.send(request).await {
                    Ok(sent) => Answer {
                        invocation_id: Some(sent.id.to_string()),
                        result: Ok(empty(encoding)),
                    },
                    Err(error) => Answer::refused(refusal_of(error)),
                };
            }
            CallMode::Call { wait: None } => self.engine.call(request).await.map(Waited::Finished),
            CallMode::Call { wait: Some(wait) } => self.engine.call_within(request, wait).await,
        };
        answer(waited, rpc.handler, encoding)
    }

    /// What the engine does once it is what is waited for.
    async fn serving_until(&self, is_wanted: impl FnMut(&Serving) -> bool) -> Serving {
        let mut serving = self.engine.serving.subscribe();
        let now = serving.wait_for(is_wanted).await.ok().map(|now| *now);
        match now {
            Some(now) => now,
            // It never changes: nobody has the sender any more.
            None => pending().await,
        }
    }

    fn service(&self, name: &str) -> Option<&'static ServiceDescriptor> {
        let catalog = &self.engine.catalog();
        let is_called = |service: &&ServiceDescriptor| service.contract_name() == name;
        let by_wire_name = catalog.descriptor(name).filter(is_called);
        by_wire_name.or_else(|| catalog.descriptors().find(is_called))
    }

    /// The request to the engine, checked.
    fn request(&self, rpc: &Rpc, call: UnaryCall) -> Result<InvokeRequest, TerminalError> {
        let Rpc { service, handler } = rpc;
        let (body, content_type) = body(rpc, &call)?;
        let in_request = handler.key_of(content_type, body.clone())?;
        let (body, content_type) = match handler.remote() {
            Some(remote) => {
                let request = remote.request(content_type, body)?;
                (request.body, request.content_type)
            }
            None => {
                if handler.key_name().is_none() {
                    // Nothing is stored that no attempt could read.
                    handler.check_request(content_type, body.clone())?;
                }
                (body, content_type)
            }
        };
        let key = key(rpc, in_request, call.key)?;
        let (target, _) = self.engine.resolve(service.name(), key.as_deref(), handler.name())?;
        let scope = call.scope.as_deref().map(scope).transpose()?;
        let target = self.engine.catalog().within(target, scope)?;
        let idempotency_key = call.idempotency_key.as_deref();
        let idempotency_key = idempotency_key
            .map(|key| check_key(key, &target, &self.engine.catalog()))
            .transpose()?;
        let limit_key = call.limit_key.as_deref();
        let limit_key = limit_key.map(|key| check_limit_key(key, &target)).transpose()?;
        let delay = match call.mode {
            CallMode::Send { delay: Some(delay) } => Some(duration::parse(&delay)?),
            CallMode::Send { delay: None } | CallMode::Call { .. } => None,
        };
        let content_type = content_type.map(|it| ("content-type".to_owned(), it.to_owned()));
        let path = ("x-restate-ingress-path".to_owned(), call.path);
        let headers = content_type.into_iter().chain(call.headers).chain([path]);
        let headers = headers.map(|(key, value)| Header { key, value }).collect();
        Ok(InvokeRequest { target, idempotency_key, limit_key, headers, body, delay })
    }
}

/// The body of a request, and its content type if it has a message.
///
/// Contracts of `.proto` files have messages only. Traits may have other types, which are their own
/// encoding.
fn body(rpc: &Rpc, call: &UnaryCall) -> Result<(Bytes, Option<&'static str>), TerminalError> {
    let Rpc { service, handler } = rpc;
    let is_json = call.encoding == Encoding::Json;
    for format in [handler.input(), handler.output()] {
        let (name, method) = (service.contract_name(), handler.name());
        let wrong = match format {
            Format::Json if !is_json => "JSON; call it with a JSON codec",
            Format::Bytes if is_json => "bytes; call it with the codec `proto`",
            _ => continue,
        };
        return Err(refusal(415, format!("`{name}/{method}` takes and returns {wrong}")));
    }
    let body = match handler.input() {
        Format::Empty if is_json && call.message.trim_ascii() == b"{}" => Bytes::new(),
        _ => call.message.clone(),
    };
    let content_type = (handler.input() != Format::Empty).then(|| match handler.input() {
        Format::Bytes => Encoding::Raw.content_type(),
        _ => call.encoding.content_type(),
    });
    Ok((body, content_type))
}

/// The key of a call: that of the request, or else that of the metadata.
fn key(
    rpc: &Rpc,
    in_request: Option<String>,
    in_metadata: Option<String>,
) -> Result<Option<String>, TerminalError> {
    let Rpc { service, handler } = rpc;
    if service.kind() == ServiceKind::Service {
        return Ok(in_metadata);
    }
    let name = || format!("{}/{}", service.contract_name(), handler.rpc_name());
    key_of_call(name, handler.key_name(), in_request, in_metadata).map(Some)
}

fn answer(
    waited: Result<Waited, HandleError>,
    handler: &HandlerDescriptor,
    asked: Encoding,
) -> Answer {
    let InvocationOutput { id, result, encoding, .. } = match waited {
        Ok(Waited::Finished(output)) => output,
        Ok(Waited::Left(id)) => {
            let invocation_id = Some(id.to_string());
            return Answer { invocation_id, result: Err(CallError::DeadlineExceeded) };
        }
        Err(error) => return Answer::refused(refusal_of(error)),
    };
    let result = match result {
        OutputResult::Value(value) => response(handler, value.content, encoding, asked),
        OutputResult::Failure(failure) => Err(terminal(failure)),
    };
    let invocation_id = Some(id.to_string());
    Answer { invocation_id, result: result.map_err(CallError::Failed) }
}

/// A response in the encoding of the request.
fn response(
    handler: &HandlerDescriptor,
    value: Bytes,
    stored: Option<Encoding>,
    asked: Encoding,
) -> Result<Bytes, TerminalError> {
    match handler.output() {
        Format::Message => {
            let stored = stored.or_else(|| guess(Some(handler), &value));
            handler.response_as(value, stored, asked).map_err(|error| {
                TerminalError::new(format!("the response is not that of the contract: {error}"))
            })
        }
        Format::Empty => Ok(empty(asked)),
        _ => Ok(value),
    }
}

/// The empty message.
fn empty(encoding: Encoding) -> Bytes {
    Bytes::from_static(if encoding == Encoding::Json { b"{}" } else { b"" })
}

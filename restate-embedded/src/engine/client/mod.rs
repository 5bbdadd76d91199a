//! Clients in the same process. Their API is that of `restate-ingress`.

mod attachment;
mod awakeable;
mod error;
mod invocation;
mod promise;
mod workflow;

use std::{pin::Pin, time::Duration};

use restate_core::{
    Channel, InvocationId, Payload, Target, TerminalError,
    call::{Request, Response, encode_given},
    wire::protocol::{Failure, FailureMetadata, Header, OutputResult},
};

pub use self::{
    attachment::Attachment,
    awakeable::Awakeable,
    error::ClientError,
    invocation::InvocationHandle,
    promise::WorkflowPromise,
    workflow::{WorkflowHandle, WorkflowRuns},
};
use crate::{
    engine::handle::{EngineHandle, HandleError, InvocationOutput, InvokeRequest},
    model::{id, keys::check_idempotency_key},
};

/// Calls the handlers of an engine from its own process, without a socket.
///
/// It is a channel for generated clients: `GreeterClient::new(engine.client())`. A call is made when
/// the method returns its future, and is durable once that has resolved.
///
/// ```
/// # use restate_core::{Context, HandlerResult};
/// # use restate_embedded::{ClientError, Engine};
/// # #[restate_core::service]
/// # pub trait Greeter {
/// #     async fn greet(&self, ctx: Context<'_>, name: String) -> HandlerResult<String>;
/// # }
/// # async fn example(engine: &Engine) -> Result<(), ClientError> {
/// let greeter = GreeterClient::new(engine.client());
/// let greeting = greeter.greet("Pete".to_owned()).await?;
///
/// let sent = greeter.greet("Ann".to_owned()).one_way().await?;
/// println!("{} greets", sent.invocation_id());
/// let greeting: String = sent.attach().await?;
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct Client {
    engine: EngineHandle,
}

/// The future of a request, which is on its way before the first poll.
pub type ClientFuture<T> = Pin<Box<dyn Future<Output = Result<T, ClientError>> + Send>>;

impl Client {
    pub(crate) fn new(engine: EngineHandle) -> Self {
        Self { engine }
    }

    /// A channel for the `run` handlers of workflows: a call submits the workflow of its key once, and
    /// attaches to it if it was submitted before.
    pub fn workflow_runs(&self) -> WorkflowRuns {
        WorkflowRuns::new(self.clone())
    }

    /// A handle of the invocation with this id.
    pub fn invocation(&self, id: impl Into<InvocationId>) -> InvocationHandle {
        InvocationHandle::known(self.engine.clone(), id.into())
    }

    /// The result of the call of `target` with this idempotency key.
    pub fn idempotent(&self, target: Target, idempotency_key: impl Into<String>) -> Attachment {
        Attachment::idempotent(self.engine.clone(), target, idempotency_key.into())
    }

    /// A handle of the workflow with this wire name and key.
    pub fn workflow(&self, service: impl Into<String>, key: impl Into<String>) -> WorkflowHandle {
        WorkflowHandle::new(self.engine.clone(), service.into(), key.into())
    }

    /// A handle of the awakeable with this id, `sign_1…`, which its handler has handed out.
    pub fn awakeable(&self, id: impl Into<String>) -> Awakeable {
        Awakeable::new(self.engine.clone(), id.into())
    }

    fn invoke_request(
        &self,
        request: Request,
        delay: Option<Duration>,
    ) -> Result<InvokeRequest, ClientError> {
        let content_type = request.content_type_if_needed();
        let Request { target, body, headers, idempotency_key, scope, limit_key, .. } = request;
        let (service, handler) = (target.service_name(), target.handler_name());
        let (target, _) = self.engine.resolve(service, target.key(), handler)?;
        let target = self.engine.catalog().within(target, scope.map(Into::into))?;
        let header = |(key, value)| Header { key, value };
        let content_type = content_type.map(|it| ("content-type".to_owned(), it.to_owned()));
        let headers = content_type.into_iter().chain(headers).map(header).collect();
        idempotency_key.as_deref().map_or(Ok(()), check_idempotency_key)?;
        let idempotency_key = idempotency_key.map(Into::into);
        let limit_key = limit_key.map(Into::into);
        self.engine.check_size(body.len())?;
        Ok(InvokeRequest { target, idempotency_key, limit_key, headers, body, delay })
    }
}

impl Channel for Client {
    type Error = ClientError;
    type Reply = ClientFuture<Response>;
    type Sent = ClientFuture<InvocationHandle>;

    fn call(&self, request: Result<Request, TerminalError>) -> Self::Reply {
        let request = request.map_err(ClientError::from);
        let request = request.and_then(|request| self.invoke_request(request, None));
        match request.map(|request| self.engine.call(request)) {
            Ok(called) => Box::pin(async { response(called.await) }),
            Err(refused) => Box::pin(async { Err(refused) }),
        }
    }

    fn send(&self, request: Result<Request, TerminalError>, delay: Option<Duration>) -> Self::Sent {
        let request = request.map_err(ClientError::from);
        let request = request.and_then(|request| self.invoke_request(request, delay));
        let engine = self.engine.clone();
        match request.map(|request| self.engine.send(request)) {
            Ok(sent) => Box::pin(async { Ok(InvocationHandle::started(engine, sent.await?)) }),
            Err(refused) => Box::pin(async { Err(refused) }),
        }
    }
}

fn response(finished: Result<InvocationOutput, HandleError>) -> Result<Response, ClientError> {
    let output = finished?;
    let response = value(output.result)?;
    Ok(match output.encoding {
        Some(encoding) => response.with_content_type(encoding.content_type()),
        None => response,
    })
}

fn value(result: OutputResult) -> Result<Response, ClientError> {
    match result {
        OutputResult::Value(value) => Ok(value.content.into()),
        OutputResult::Failure(failure) => Err(ClientError::Failed(terminal(failure))),
    }
}

pub(crate) fn terminal(failure: Failure) -> TerminalError {
    let code = u16::try_from(failure.code).unwrap_or(500);
    let error = TerminalError::with_code(code, failure.message);
    failure.metadata.into_iter().fold(error, |error, it| error.with_metadata(it.key, it.value))
}

pub(crate) fn failure(error: &TerminalError) -> Failure {
    let metadata = error
        .metadata()
        .map(|(key, value)| FailureMetadata { key: key.to_owned(), value: value.to_owned() });
    Failure {
        code: error.code().into(),
        message: error.message().to_owned(),
        metadata: metadata.collect(),
    }
}

fn encode<T: Payload>(engine: &EngineHandle, value: &T) -> Result<bytes::Bytes, ClientError> {
    let (encoded, _) =
        encode_given(value).map_err(|error| TerminalError::new(error.to_string()))?;
    engine.check_size(encoded.len())?;
    Ok(encoded)
}

fn parse_id(id: &InvocationId) -> Result<id::InvocationId, TerminalError> {
    id.parse().map_err(|error| TerminalError::with_code(400, format!("`{id}`: {error}")))
}

use std::{error::Error, fmt, pin::Pin, time::Duration};

use restate_core::{
    Channel, Payload, TerminalError,
    call::{Request, Response, UnreadableResponse},
    wire::protocol::{Failure, Header, OutputResult},
};

use crate::{
    engine::handle::{EngineHandle, HandleError, InvocationOutput, InvokeRequest},
    machine::InvocationRef,
    model::id::InvocationId,
};

/// Calls the handlers of an engine from its own process, without a socket.
///
/// Generated clients are made over it, as `GreeterClient::new(engine.client())`. A call is made
/// when its method returns; it is durable once what that returned has resolved.
#[derive(Clone, Debug)]
pub struct Client {
    engine: EngineHandle,
}

impl Client {
    pub(crate) fn new(engine: EngineHandle) -> Self {
        Self { engine }
    }

    /// Waits for the response of an invocation.
    ///
    /// # Errors
    ///
    /// The failure of its handler, or code 404 when there is no such invocation.
    pub async fn attach<T: Payload>(&self, id: InvocationId) -> Result<T, ClientError> {
        Ok(response(self.engine.attach(InvocationRef::Id(id)).await)?.decode()?)
    }

    fn incoming(
        &self,
        request: Request,
        delay: Option<Duration>,
    ) -> Result<InvokeRequest, ClientError> {
        let Request { target, body, headers, idempotency_key, scope, limit_key, .. } = request;
        let (service, handler) = (target.service_name(), target.handler_name());
        let (target, _) = self.engine.resolve(service, target.key(), handler)?;
        let target = self.engine.catalog.within(target, scope.map(Into::into))?;
        let header = |(key, value)| Header { key, value };
        let headers = headers.into_iter().map(header).collect();
        let idempotency_key = idempotency_key.map(Into::into);
        let limit_key = limit_key.map(Into::into);
        Ok(InvokeRequest { target, idempotency_key, limit_key, headers, body, delay })
    }
}

type Pending<T> = Pin<Box<dyn Future<Output = Result<T, ClientError>> + Send>>;

impl Channel for Client {
    type Error = ClientError;
    type Reply = Pending<Response>;
    type Sent = Pending<InvocationId>;

    fn call(&self, request: Result<Request, TerminalError>) -> Self::Reply {
        let incoming = request.map_err(ClientError::from).and_then(|it| self.incoming(it, None));
        match incoming.map(|incoming| self.engine.call(incoming)) {
            Ok(called) => Box::pin(async { response(called.await) }),
            Err(refused) => Box::pin(async { Err(refused) }),
        }
    }

    fn send(&self, request: Result<Request, TerminalError>, delay: Option<Duration>) -> Self::Sent {
        let incoming = request.map_err(ClientError::from).and_then(|it| self.incoming(it, delay));
        match incoming.map(|incoming| self.engine.send(incoming)) {
            Ok(sent) => Box::pin(async { Ok(sent.await?.id) }),
            Err(refused) => Box::pin(async { Err(refused) }),
        }
    }
}

fn response(finished: Result<InvocationOutput, HandleError>) -> Result<Response, ClientError> {
    match finished?.result {
        OutputResult::Value(value) => Ok(value.content.into()),
        OutputResult::Failure(failure) => Err(ClientError::Failed(terminal(failure))),
    }
}

fn terminal(failure: Failure) -> TerminalError {
    let code = u16::try_from(failure.code).unwrap_or(500);
    let error = TerminalError::with_code(code, failure.message);
    failure.metadata.into_iter().fold(error, |error, it| error.with_metadata(it.key, it.value))
}

/// Why a call from outside has no response.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ClientError {
    /// The handler failed for good, or the call could not be accepted.
    Failed(TerminalError),
    /// The engine has stopped. If the call was accepted, it goes on at the next start.
    Stopped,
}

impl From<TerminalError> for ClientError {
    fn from(error: TerminalError) -> Self {
        Self::Failed(error)
    }
}

impl From<UnreadableResponse> for ClientError {
    fn from(error: UnreadableResponse) -> Self {
        Self::Failed(error.into())
    }
}

impl From<HandleError> for ClientError {
    fn from(refusal: HandleError) -> Self {
        match refusal {
            HandleError::Stopped => Self::Stopped,
            HandleError::NotFound => {
                let message = "there is no such invocation, or its result is not retained any more";
                Self::Failed(TerminalError::with_code(404, message))
            }
            HandleError::NotReady => {
                Self::Failed(TerminalError::with_code(470, "the invocation is not over"))
            }
        }
    }
}

impl fmt::Display for ClientError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Failed(error) => error.fmt(f),
            Self::Stopped => f.write_str(
                "the engine has stopped; if the call was accepted, it goes on at the next start",
            ),
        }
    }
}

impl Error for ClientError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::Failed(error) => Some(error),
            Self::Stopped => None,
        }
    }
}

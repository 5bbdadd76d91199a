use std::time::Duration;

use restate_core::{
    Channel, Payload, TerminalError,
    call::{Request, Response},
    contract::HandlerKind,
};

use super::{
    Attachment, Client, ClientError, ClientFuture, InvocationHandle, WorkflowPromise, parse_id,
    response,
};
use crate::{engine::handle::EngineHandle, machine::InvocationRef};

/// A workflow, known by its wire name and key. It may not have been submitted yet.
///
/// Made by [`Client::workflow`]. Its results and promises are reached without an invocation id.
#[derive(Clone, Debug)]
pub struct WorkflowHandle {
    engine: EngineHandle,
    service: String,
    key: String,
}

impl WorkflowHandle {
    pub(super) fn new(engine: EngineHandle, service: String, key: String) -> Self {
        Self { engine, service, key }
    }

    /// Waits for the result of the `run` handler.
    ///
    /// # Errors
    ///
    /// The failure that the workflow ended with; code 404 when it was not submitted, or its result is
    /// not retained any more.
    pub async fn attach<T: Payload>(&self) -> Result<T, ClientError> {
        self.result().attach().await
    }

    /// Returns the result of the `run` handler, or `None` if it is not complete.
    ///
    /// # Errors
    ///
    /// As [`attach`](Self::attach).
    pub async fn output<T: Payload>(&self) -> Result<Option<T>, ClientError> {
        self.result().output().await
    }

    /// The promise `name` of the workflow, which its handlers get with `ctx.promise(name)`.
    pub fn promise<T: Payload>(&self, name: impl Into<String>) -> WorkflowPromise<T> {
        let (service, key) = (self.service.clone(), self.key.clone());
        WorkflowPromise::new(self.engine.clone(), service, key, name.into())
    }

    fn result(&self) -> Attachment {
        Attachment::workflow(self.engine.clone(), self.service.clone(), self.key.clone())
    }
}

/// A channel for the `run` handlers of workflows, made by [`Client::workflow_runs`].
///
/// A call submits the workflow, or attaches to the one with the same key, and waits for its result.
/// Call the other handlers of a workflow through the client itself: they run each time they are called.
#[derive(Clone, Debug)]
pub struct WorkflowRuns {
    client: Client,
}

impl WorkflowRuns {
    pub(super) fn new(client: Client) -> Self {
        Self { client }
    }

    fn check(&self, request: &Request) -> Result<(), TerminalError> {
        let target = &request.target;
        let (service, handler) = (target.service_name(), target.handler_name());
        let (_, descriptor) = self.client.engine.resolve(service, target.key(), handler)?;
        let refused = |message| Err(TerminalError::with_code(400, message));
        if descriptor.kind() != HandlerKind::Run {
            return refused(format!(
                "{service}/{handler} is not the `run` handler of a workflow; call it through the \
                 client"
            ));
        }
        if request.idempotency_key.is_some() {
            return refused(format!(
                "{service}/{handler} has an idempotency key, but a workflow runs once for its own \
                 key; remove the idempotency key"
            ));
        }
        Ok(())
    }
}

impl Channel for WorkflowRuns {
    type Error = ClientError;
    type Reply = ClientFuture<Response>;
    type Sent = ClientFuture<InvocationHandle>;

    fn call(&self, request: Result<Request, TerminalError>) -> Self::Reply {
        let submitted = self.send(request, None);
        let engine = self.client.engine.clone();
        Box::pin(async move {
            let id = parse_id(submitted.await?.invocation_id())?;
            response(engine.attach(InvocationRef::Id(id)).await)
        })
    }

    fn send(&self, request: Result<Request, TerminalError>, delay: Option<Duration>) -> Self::Sent {
        let checked = request.and_then(|request| self.check(&request).map(|()| request));
        self.client.send(checked, delay)
    }
}

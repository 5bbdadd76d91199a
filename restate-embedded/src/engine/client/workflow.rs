use std::time::Duration;

use restate_core::{
    Channel, TerminalError,
    call::{Request, Response},
    contract::HandlerKind,
};

use super::{Client, ClientError, ClientFuture, InvocationHandle, parse_id, response};
use crate::machine::InvocationRef;

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

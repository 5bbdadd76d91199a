//! Submission of workflows. A workflow runs once for each key, so submitting it again is safe.

use std::time::Duration;

use restate_core::{
    Channel, TerminalError,
    call::{Request, Response},
};

use super::{IngressClient, IngressFuture, InvocationHandle, query, unsent};
use crate::{
    error::IngressError,
    exchange::{IngressRequest, Path, ResultQuery},
};

/// A channel for the `run` handlers of workflows, made by [`IngressClient::workflow_runs`].
///
/// A call submits the workflow, or attaches to the one with the same key, and waits for its result;
/// through the client itself, it fails with code 409 if the workflow was submitted before. Requests
/// are retried like those with an idempotency key. Call the other handlers of a workflow through the
/// client: they run each time they are called.
#[derive(Clone, Debug)]
pub struct WorkflowRuns {
    client: IngressClient,
}

impl WorkflowRuns {
    pub(crate) fn new(client: IngressClient) -> Self {
        Self { client }
    }
}

impl Channel for WorkflowRuns {
    type Error = IngressError;
    type Reply = IngressFuture<Response>;
    type Sent = IngressFuture<InvocationHandle>;

    fn call(&self, request: Result<Request, TerminalError>) -> Self::Reply {
        let submitted = self.send(request, None);
        let client = self.client.clone();
        Box::pin(async move {
            let submitted = submitted.await?;
            let path = Path::invocation(submitted.invocation_id(), ResultQuery::Attach);
            client.exchange().send(query(path).awaiting_result()).await?.result()
        })
    }

    fn send(&self, request: Result<Request, TerminalError>, delay: Option<Duration>) -> Self::Sent {
        let client = self.client.clone();
        Box::pin(async move {
            let request = request.map_err(unsent)?;
            check(&request)?;
            let request = IngressRequest::send(request, delay)?;
            client.submit(request.retryable()).await
        })
    }
}

fn check(request: &Request) -> Result<(), IngressError> {
    let target = &request.target;
    let (service, handler) = (target.service_name(), target.handler_name());
    let message = if target.key().is_none() {
        format!(
            "{service}/{handler} has no key, so it is not a workflow; call it through the client"
        )
    } else if request.idempotency_key.is_some() {
        format!(
            "{service}/{handler} has an idempotency key, but a workflow runs once for its own \
             key; remove the idempotency key"
        )
    } else {
        return Ok(());
    };
    Err(IngressError::Invalid(message))
}

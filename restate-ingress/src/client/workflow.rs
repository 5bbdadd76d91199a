//! Workflows run once for each key, so that submitting one again is safe.

use std::time::Duration;

use restate_core::{
    Channel, TerminalError,
    call::{Request, Response},
};

use super::{IngressClient, Pending, Submitted, question, unsent};
use crate::{
    error::IngressError,
    exchange::{Ask, Outgoing, Path},
};

/// A channel for the `run` handlers of workflows, made by [`IngressClient::workflow_runs`].
///
/// A call submits the workflow, or joins the one that has the same key, and waits for its result;
/// without this channel it fails with code 409 if the workflow is there. Requests are repeated as
/// those with an idempotency key are. Not for the other handlers of a workflow: they run as often
/// as they are called.
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
    type Reply = Pending<Response>;
    type Sent = Pending<Submitted>;

    fn call(&self, request: Result<Request, TerminalError>) -> Self::Reply {
        let submitted = self.send(request, None);
        let client = self.client.clone();
        Box::pin(async move {
            let submitted = submitted.await?;
            let path = Path::invocation(submitted.invocation_id(), Ask::Attach);
            client.exchange().answer(question(path).awaiting_result()).await?.result()
        })
    }

    fn send(&self, request: Result<Request, TerminalError>, delay: Option<Duration>) -> Self::Sent {
        let client = self.client.clone();
        Box::pin(async move {
            let request = request.map_err(unsent)?;
            check(&request)?;
            let outgoing = Outgoing::send(request, delay)?;
            client.submit(outgoing.repeatable()).await
        })
    }
}

fn check(request: &Request) -> Result<(), IngressError> {
    let target = &request.target;
    let (service, handler) = (target.service_name(), target.handler_name());
    let message = if target.key().is_none() {
        format!("{service}/{handler} has no key, so it is no workflow; call it through the client")
    } else if request.idempotency_key.is_some() {
        format!(
            "{service}/{handler} is called with an idempotency key, but a workflow runs once for \
             its own key; leave the idempotency key out"
        )
    } else {
        return Ok(());
    };
    Err(IngressError::Invalid(message))
}

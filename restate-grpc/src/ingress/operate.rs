//! What clients do with invocations, awakeables and promises, through the ingress of an engine.

use bytes::Bytes;
use restate_core::TerminalError;
use restate_ingress::{IngressClient, IngressError, InvocationHandle};

use super::{
    calls::{IngressCalls, IngressRpc, key},
    failure::{Repetition, answer},
};
use crate::{
    calls::{Answer, CallError},
    operation::{InvocationName, Operation, PromiseName},
};

impl IngressCalls {
    pub(super) async fn carry_out(&self, operation: Operation<IngressRpc>) -> Answer {
        match operation {
            // An ingress does not say what it is the response of, so it stays as the handler has encoded it.
            Operation::Attach { of, .. } => match named(self.client(), of).await {
                Ok(invocation) => found(&invocation, invocation.attach().await),
                Err(refused) => refused,
            },
            Operation::Output { of, .. } => match named(self.client(), of).await {
                Ok(invocation) => match invocation.output().await.transpose() {
                    Some(output) => found(&invocation, output),
                    None => Answer::refused(TerminalError::with_code(
                        470,
                        "the invocation is not complete",
                    )),
                },
                Err(refused) => refused,
            },
            Operation::Cancel { invocation_id } => {
                let invocation = self.client().invocation(invocation_id);
                match invocation.cancel().await {
                    // It was not sent: the client has no address of an admin interface.
                    Err(IngressError::Invalid(_)) => {
                        Answer::refused(TerminalError::not_implemented(
                            "this server cannot cancel invocations, as it has no address of the admin \
                             interface; start `restate-grpc` with `--admin`, or give its client one",
                        ))
                    }
                    done => found(&invocation, done.map(|()| Bytes::new())),
                }
            }
            Operation::ResolveAwakeable { id, value } => {
                completed(self.client().awakeable(id).resolve(&value).await)
            }
            Operation::RejectAwakeable { id, reason } => {
                completed(self.client().awakeable(id).reject(reason).await)
            }
            Operation::ResolvePromise { of, .. } | Operation::RejectPromise { of, .. } => {
                Answer::refused(no_promises(&of))
            }
        }
    }
}

/// No version of a Restate server up to 1.7.12 has a route of its ingress for promises, and no invocation
/// holds them: only a handler of the workflow reaches them.
pub(super) fn no_promises(PromiseName { service, name, .. }: &PromiseName) -> TerminalError {
    TerminalError::not_implemented(format!(
        "the ingress of a Restate server has no route for promises; call a handler of `{service}` that \
         completes `{name}` or looks at it"
    ))
}

/// The invocation of this name.
async fn named(
    client: &IngressClient,
    name: InvocationName<IngressRpc>,
) -> Result<InvocationHandle, Answer> {
    let (rpc, of, scope, idempotency_key) = match name {
        InvocationName::Id(id) => return Ok(client.invocation(id)),
        InvocationName::Call { rpc, key, scope, idempotency_key } => {
            (rpc, key, scope, idempotency_key)
        }
    };
    let method = rpc.method();
    let target = method.target(key(method, None, of).map_err(Answer::refused)?);
    let id = match idempotency_key {
        Some(key) => client.find_idempotent(&target, scope.as_deref(), &key).await,
        None if method.is_run => {
            let key = target.key().unwrap_or_default();
            client.find_workflow(target.service_name(), key, scope.as_deref()).await
        }
        None => {
            let text = "the idempotency key is empty; set it, or name the invocation by its id";
            return Err(Answer::refused(TerminalError::bad_request(text)));
        }
    };
    id.map(|id| client.invocation(id)).map_err(refused)
}

fn found(invocation: &InvocationHandle, result: Result<Bytes, IngressError>) -> Answer {
    let invocation_id = Some(invocation.invocation_id().to_string());
    match result {
        Ok(response) => Answer { invocation_id, result: Ok(response) },
        Err(IngressError::Failed { error, .. }) => {
            Answer { invocation_id, result: Err(CallError::Failed(error)) }
        }
        Err(error) => refused(error),
    }
}

fn completed(done: Result<(), IngressError>) -> Answer {
    match done {
        Ok(()) => Answer { invocation_id: None, result: Ok(Bytes::new()) },
        Err(error) => refused(error),
    }
}

/// Here, status 404 is that of an invocation, and not of a handler.
fn refused(error: IngressError) -> Answer {
    match error {
        IngressError::Refused { status: 404, message, .. } => {
            Answer::refused(TerminalError::not_found(message))
        }
        // Asking again, and completing what is complete, change nothing.
        error => answer(error, Repetition::Safe),
    }
}

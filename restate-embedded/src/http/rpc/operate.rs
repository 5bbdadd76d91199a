//! What clients of these protocols do with invocations, awakeables and promises.

use restate_core::{
    Encoding, TerminalError,
    contract::HandlerKind,
    wire::protocol::{NotificationId, NotificationResult, OutputResult},
};
use restate_grpc::{Answer, CallError, InvocationName, Operation};

use super::{EngineCalls, Rpc, response};
use crate::{
    engine::{
        client::{failure, terminal},
        handle::{HandleError, InvocationOutput},
    },
    http::{
        ingress::{check_key, control_refusal, refusal_of, scope},
        refusal::refusal,
    },
    machine::{Control, InvocationRef},
    model::id::{InvocationId, parse_awakeable},
};

impl EngineCalls {
    pub(super) async fn carry_out(&self, operation: Operation<Rpc>) -> Answer {
        match operation {
            Operation::Attach { of, encoding } => match self.named(of) {
                Ok(invocation) => self.result(self.engine.attach(invocation).await, encoding),
                Err(error) => Answer::refused(error),
            },
            Operation::Output { of, encoding } => match self.named(of) {
                Ok(invocation) => self.result(self.engine.output(invocation).await, encoding),
                Err(error) => Answer::refused(error),
            },
            Operation::Cancel { invocation_id } => match by_id(&invocation_id) {
                Ok(id) => {
                    let done = self.engine.control(id, Control::Cancel).await;
                    done_to(id, done.map_err(control_refusal))
                }
                Err(error) => Answer::refused(error),
            },
            Operation::ResolveAwakeable { id, value } => {
                match self.engine.check_size(value.len()) {
                    Ok(()) => self.complete(&id, NotificationResult::Value(value.into())).await,
                    Err(error) => Answer::refused(error),
                }
            }
            Operation::RejectAwakeable { id, reason } => {
                let rejection = failure(&TerminalError::new(reason));
                self.complete(&id, NotificationResult::Failure(rejection)).await
            }
            Operation::ResolvePromise { of, value } => match self.engine.check_size(value.len()) {
                Ok(()) => self.complete_promise(of, OutputResult::Value(value.into())).await,
                Err(error) => Answer::refused(error),
            },
            Operation::RejectPromise { of, reason } => {
                let rejection = failure(&TerminalError::new(reason));
                self.complete_promise(of, OutputResult::Failure(rejection)).await
            }
            _ => Answer::refused(TerminalError::not_implemented("the engine does not do this")),
        }
    }

    fn named(&self, name: InvocationName<Rpc>) -> Result<InvocationRef, TerminalError> {
        let (rpc, key, within, idempotency_key) = match name {
            InvocationName::Id(id) => return by_id(&id).map(InvocationRef::Id),
            InvocationName::Call { rpc, key, scope, idempotency_key } => {
                (rpc, key, scope, idempotency_key)
            }
            _ => return Err(TerminalError::not_implemented("the engine knows no such name")),
        };
        let Rpc { service, handler } = rpc;
        let (target, _) = self.engine.resolve(service.name(), key.as_deref(), handler.name())?;
        let within = within.as_deref().map(scope).transpose()?;
        let catalog = self.engine.catalog();
        if catalog.kind(&target) == Some(HandlerKind::Run) && idempotency_key.is_none() {
            let key = key.unwrap_or_default();
            let workflow = self.engine.resolve_workflow(service.name(), &key)?;
            return Ok(InvocationRef::Workflow(workflow.within(within)));
        }
        let key = check_key(&idempotency_key.unwrap_or_default(), &target, &catalog)?;
        Ok(InvocationRef::Idempotent(catalog.within(target, within)?, key))
    }

    fn result(&self, output: Result<InvocationOutput, HandleError>, asked: Encoding) -> Answer {
        let InvocationOutput { id, target, result, encoding, .. } = match output {
            Ok(output) => output,
            Err(error) => return Answer::refused(refusal_of(error)),
        };
        let catalog = self.engine.catalog();
        let result = match (result, catalog.handler(&target)) {
            (OutputResult::Value(value), Some(handler)) => {
                response(handler, value.content, encoding, asked)
            }
            // Its service is not bound any more.
            (OutputResult::Value(value), None) => Ok(value.content),
            (OutputResult::Failure(failure), _) => Err(terminal(failure)),
        };
        Answer { invocation_id: Some(id.to_string()), result: result.map_err(CallError::Failed) }
    }

    /// Accepted even if the invocation has completed: the client cannot know that.
    async fn complete(&self, awakeable: &str, result: NotificationResult) -> Answer {
        let (id, signal) = match parse_awakeable(awakeable) {
            Ok(parsed) => parsed,
            Err(error) => return Answer::refused(refusal(400, format!("`{awakeable}`: {error}"))),
        };
        let done = self.engine.signal(id, NotificationId::SignalId(signal), result).await;
        done_to(id, done.map_err(control_refusal))
    }
}

fn by_id(id: &str) -> Result<InvocationId, TerminalError> {
    id.parse().map_err(|error| refusal(400, format!("`{id}`: {error}")))
}

fn done_to(id: InvocationId, done: Result<(), TerminalError>) -> Answer {
    let result = done.map(|()| bytes::Bytes::new()).map_err(CallError::Failed);
    Answer { invocation_id: Some(id.to_string()), result }
}

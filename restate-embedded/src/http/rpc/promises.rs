//! Promises of workflows, for clients of these protocols.

use bytes::Bytes;
use restate_core::{
    TerminalError,
    contract::{ServiceDescriptor, ServiceKind},
    wire::protocol::OutputResult,
};
use restate_grpc::{Answer, CallError};

use super::EngineCalls;
use crate::{
    engine::client::terminal,
    http::{
        ingress::{control_refusal, refusal_of, scope},
        refusal::refusal,
    },
    store::PromiseName,
};

impl EngineCalls {
    pub(super) async fn complete_promise(
        &self,
        of: restate_grpc::PromiseName,
        result: OutputResult,
    ) -> Answer {
        let promise = match self.promise(of) {
            Ok(promise) => promise,
            Err(error) => return Answer::refused(error),
        };
        let done = self.engine.complete_promise(promise, result).await.map_err(control_refusal);
        let result = done.map(|()| Bytes::new()).map_err(CallError::Failed);
        Answer { invocation_id: None, result }
    }

    pub(super) async fn peek_at(
        &self,
        of: restate_grpc::PromiseName,
    ) -> Result<Option<Bytes>, TerminalError> {
        let promise = self.promise(of)?;
        match self.engine.peek_promise(promise).await.map_err(refusal_of)? {
            None => Ok(None),
            Some(OutputResult::Value(value)) => Ok(Some(value.content)),
            Some(OutputResult::Failure(failure)) => Err(terminal(failure)),
        }
    }

    /// The promise that a client names.
    ///
    /// # Errors
    ///
    /// Code 404 for a workflow that is not bound, or 503 if it may be in a deployment that is not registered yet,
    /// 400 for a service that is not a workflow, and 403 for one that only handlers may call: its promises are as
    /// private as its handlers.
    fn promise(&self, of: restate_grpc::PromiseName) -> Result<PromiseName, TerminalError> {
        let restate_grpc::PromiseName { service: called, key, name, scope: within } = of;
        let Some(service) = self.service(&called) else {
            return Err(self.engine.awaited.no_such_service(&called));
        };
        if service.kind() != ServiceKind::Workflow {
            let message = format!("`{called}` is not a workflow; only workflows have promises");
            return Err(refusal(400, message));
        }
        if is_private(service) {
            let message = format!("`{called}` is private; only handlers reach its promises");
            return Err(refusal(403, message));
        }
        self.engine.check_size(name.len())?;
        let object = self.engine.resolve_workflow(service.name(), &key)?;
        let object = object.within(within.as_deref().map(scope).transpose()?);
        Ok(PromiseName { object, name })
    }
}

/// Whether clients may call none of its handlers.
fn is_private(service: &ServiceDescriptor) -> bool {
    let handlers = service.handlers().iter();
    let mut settings = handlers.map(|handler| service.settings_of(handler.name()));
    settings.all(|settings| settings.private == Some(true))
}

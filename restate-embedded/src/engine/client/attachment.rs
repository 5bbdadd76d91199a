use restate_core::{InvocationId, Payload, Target};

use super::{ClientError, parse_id, response};
use crate::{
    engine::handle::{EngineHandle, HandleError},
    machine::InvocationRef,
};

/// The result of an invocation, found by its idempotency key.
///
/// Made by [`Client::idempotent`](super::Client::idempotent).
#[derive(Clone, Debug)]
pub struct Attachment {
    engine: EngineHandle,
    of: ResultOf,
}

#[derive(Clone, Debug)]
enum ResultOf {
    Invocation(InvocationId),
    Idempotent { target: Target, key: String },
    Workflow { service: String, key: String },
}

impl Attachment {
    pub(super) fn invocation(engine: EngineHandle, id: InvocationId) -> Self {
        Self { engine, of: ResultOf::Invocation(id) }
    }

    pub(super) fn idempotent(engine: EngineHandle, target: Target, key: String) -> Self {
        Self { engine, of: ResultOf::Idempotent { target, key } }
    }

    pub(super) fn workflow(engine: EngineHandle, service: String, key: String) -> Self {
        Self { engine, of: ResultOf::Workflow { service, key } }
    }

    /// Waits for the result.
    ///
    /// # Errors
    ///
    /// The failure that the invocation ended with; code 404 when the invocation does not exist, or its
    /// result is not retained any more.
    pub async fn attach<T: Payload>(&self) -> Result<T, ClientError> {
        Ok(response(self.engine.attach(self.reference()?).await)?.decode()?)
    }

    /// Returns the result, or `None` if the invocation is not complete.
    ///
    /// # Errors
    ///
    /// As [`attach`](Self::attach).
    pub async fn output<T: Payload>(&self) -> Result<Option<T>, ClientError> {
        match self.engine.output(self.reference()?).await {
            Err(HandleError::NotReady) => Ok(None),
            output => Ok(Some(response(output)?.decode()?)),
        }
    }

    fn reference(&self) -> Result<InvocationRef, ClientError> {
        Ok(match &self.of {
            ResultOf::Invocation(id) => InvocationRef::Id(parse_id(id)?),
            ResultOf::Idempotent { target, key } => {
                let (service, handler) = (target.service_name(), target.handler_name());
                let (target, _) = self.engine.resolve(service, target.key(), handler)?;
                InvocationRef::Idempotent(target, key.as_str().into())
            }
            ResultOf::Workflow { service, key } => {
                InvocationRef::Workflow(self.engine.resolve_workflow(service, key)?)
            }
        })
    }
}

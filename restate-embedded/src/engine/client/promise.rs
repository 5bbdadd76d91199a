use std::marker::PhantomData;

use restate_core::{
    Payload, PayloadError, TerminalError, call::decode_given, wire::protocol::OutputResult,
};

use super::{ClientError, encode, failure, value};
use crate::{
    engine::handle::{ControlError, EngineHandle},
    store::PromiseName,
};

/// A promise of a workflow: completed once, awaited by the workflow's handlers.
///
/// Made by [`WorkflowHandle::promise`](super::WorkflowHandle::promise). It may be completed before
/// the workflow is submitted.
///
/// ```no_run
/// # async fn example(client: restate_embedded::Client) -> Result<(), restate_embedded::ClientError> {
/// let code = client.workflow("signup.v1.Signup", "ann@example.com").promise::<String>("code");
/// code.resolve("4711".to_owned()).await?;
/// # Ok(())
/// # }
/// ```
#[must_use = "a promise does nothing until it is peeked at, resolved or rejected"]
#[derive(Clone, Debug)]
pub struct WorkflowPromise<T> {
    engine: EngineHandle,
    workflow: String,
    key: String,
    name: String,
    value: PhantomData<fn() -> T>,
}

impl<T: Payload> WorkflowPromise<T> {
    pub(super) fn new(engine: EngineHandle, workflow: String, key: String, name: String) -> Self {
        Self { engine, workflow, key, name, value: PhantomData }
    }

    /// Returns what the promise was completed with, or `None` if it was not.
    ///
    /// # Errors
    ///
    /// The failure that it was rejected with; code 404 for a service that is not bound, 400 for one
    /// that is not a workflow.
    pub async fn peek(self) -> Result<Option<T>, ClientError> {
        match self.engine.peek_promise(self.stored_name()?).await? {
            None => Ok(None),
            Some(result) => {
                let value = decode_given(value(result)?.body);
                let unreadable = |error: PayloadError| TerminalError::new(error.to_string());
                Ok(Some(value.map_err(unreadable)?))
            }
        }
    }

    /// Completes the promise with a value; returns when that is stored.
    ///
    /// # Errors
    ///
    /// Code 409 if it was completed before, 413 if the value is over the message limit, otherwise as [`peek`](Self::peek).
    #[expect(clippy::needless_pass_by_value, reason = "the value is given away, as in handlers")]
    pub fn resolve(self, value: T) -> impl Future<Output = Result<(), ClientError>> + Send {
        let encoded = encode(&self.engine, &value);
        async move { self.complete(OutputResult::Value(encoded?.into())).await }
    }

    /// Completes the promise with a failure; returns when that is stored.
    ///
    /// # Errors
    ///
    /// As [`resolve`](Self::resolve).
    pub async fn reject(self, error: TerminalError) -> Result<(), ClientError> {
        self.complete(OutputResult::Failure(failure(&error))).await
    }

    async fn complete(&self, result: OutputResult) -> Result<(), ClientError> {
        let completed = self.engine.complete_promise(self.stored_name()?, result).await;
        completed.map_err(|error| match error {
            ControlError::Refused(reason) => TerminalError::with_code(409, reason).into(),
            ControlError::TooLarge(reason) => TerminalError::with_code(413, reason).into(),
            ControlError::NotFound | ControlError::Stopped => ClientError::Stopped,
        })
    }

    fn stored_name(&self) -> Result<PromiseName, ClientError> {
        let object = self.engine.resolve_workflow(&self.workflow, &self.key)?;
        Ok(PromiseName { object, name: self.name.clone() })
    }
}

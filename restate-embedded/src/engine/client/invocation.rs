use restate_core::{
    Payload, TerminalError,
    wire::protocol::{Failure, NotificationId, NotificationResult},
};

use super::{Attachment, ClientError, encode, failure};
use crate::{
    engine::handle::{Accepted, ControlError, EngineHandle},
    machine::{Acceptance, Control},
    model::id::InvocationId,
};

/// An invocation, known by its id.
///
/// Made by [`Client::invocation`](super::Client::invocation).
#[derive(Clone, Debug)]
pub struct InvocationHandle {
    engine: EngineHandle,
    id: InvocationId,
}

impl InvocationHandle {
    pub(super) fn new(engine: EngineHandle, id: InvocationId) -> Self {
        Self { engine, id }
    }

    /// The invocation's id.
    pub fn invocation_id(&self) -> InvocationId {
        self.id
    }

    /// Waits for the invocation's result.
    ///
    /// # Errors
    ///
    /// As [`Attachment::attach`].
    pub async fn attach<T: Payload>(&self) -> Result<T, ClientError> {
        self.result().attach().await
    }

    /// Returns the invocation's result, or `None` if it is not complete.
    ///
    /// # Errors
    ///
    /// As [`Attachment::attach`].
    pub async fn output<T: Payload>(&self) -> Result<Option<T>, ClientError> {
        self.result().output().await
    }

    /// Asks the invocation and its callees to end: their handlers fail with code 409 at the next
    /// await. Does not wait for that.
    ///
    /// # Errors
    ///
    /// Code 404 when the invocation does not exist, 409 when it is complete.
    pub async fn cancel(&self) -> Result<(), ClientError> {
        self.control(Control::Cancel).await
    }

    /// Ends the invocation and its callees at once, without letting their handlers clean up.
    ///
    /// # Errors
    ///
    /// As [`cancel`](Self::cancel).
    pub async fn kill(&self) -> Result<(), ClientError> {
        self.control(Control::Kill).await
    }

    /// Resolves the signal `name`, which the invocation's handler awaits. Returns when that is stored;
    /// has no effect if the invocation does not exist or is complete.
    ///
    /// # Errors
    ///
    /// When the value cannot be encoded.
    pub async fn signal<T: Payload>(&self, name: &str, value: T) -> Result<(), ClientError> {
        self.complete_signal(name, NotificationResult::Value(encode(&value)?.into())).await
    }

    /// Fails the signal `name`, which the invocation's handler awaits. Otherwise as
    /// [`signal`](Self::signal).
    ///
    /// # Errors
    ///
    /// When the engine has stopped.
    pub async fn reject_signal(&self, name: &str, error: TerminalError) -> Result<(), ClientError> {
        let failure: Failure = failure(&error);
        self.complete_signal(name, NotificationResult::Failure(failure)).await
    }

    async fn complete_signal(
        &self,
        name: &str,
        result: NotificationResult,
    ) -> Result<(), ClientError> {
        let signal = NotificationId::SignalName(name.to_owned());
        Ok(self.engine.signal(self.id, signal, result).await?)
    }

    async fn control(&self, control: Control) -> Result<(), ClientError> {
        let refused = |code, message| ClientError::Failed(TerminalError::with_code(code, message));
        self.engine.control(self.id, control).await.map_err(|error| match error {
            ControlError::Stopped => ClientError::Stopped,
            ControlError::NotFound => refused(404, format!("no such invocation: {}", self.id)),
            ControlError::Refused(reason) => refused(409, reason),
        })
    }

    fn result(&self) -> Attachment {
        Attachment::invocation(self.engine.clone(), self.id)
    }
}

/// A call that the engine has stored: it will be executed even if the process crashes.
#[derive(Clone, Debug)]
pub struct Submitted {
    invocation: InvocationHandle,
    status: SubmitStatus,
}

/// Whether a call has started an invocation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum SubmitStatus {
    /// The call is a new invocation.
    Accepted,
    /// The call is an earlier invocation with the same idempotency key or workflow key.
    PreviouslyAccepted,
}

impl Submitted {
    pub(super) fn new(engine: EngineHandle, accepted: Accepted) -> Self {
        let Accepted { id, acceptance } = accepted;
        let status = match acceptance {
            Acceptance::Now | Acceptance::At(_) => SubmitStatus::Accepted,
            Acceptance::Before => SubmitStatus::PreviouslyAccepted,
        };
        Self { invocation: InvocationHandle::new(engine, id), status }
    }

    /// Whether the call has started an invocation.
    pub fn status(&self) -> SubmitStatus {
        self.status
    }

    /// The invocation that executes the call.
    pub fn invocation(&self) -> &InvocationHandle {
        &self.invocation
    }

    /// The invocation's id.
    pub fn invocation_id(&self) -> InvocationId {
        self.invocation.invocation_id()
    }

    /// Waits for the invocation's result.
    ///
    /// # Errors
    ///
    /// As [`Attachment::attach`].
    pub async fn attach<T: Payload>(&self) -> Result<T, ClientError> {
        self.invocation.attach().await
    }

    /// Returns the invocation's result, or `None` if it is not complete.
    ///
    /// # Errors
    ///
    /// As [`Attachment::attach`].
    pub async fn output<T: Payload>(&self) -> Result<Option<T>, ClientError> {
        self.invocation.output().await
    }

    /// Asks the invocation to end; see [`InvocationHandle::cancel`].
    ///
    /// # Errors
    ///
    /// As [`InvocationHandle::cancel`].
    pub async fn cancel(&self) -> Result<(), ClientError> {
        self.invocation.cancel().await
    }

    /// Resolves a signal; see [`InvocationHandle::signal`].
    ///
    /// # Errors
    ///
    /// As [`InvocationHandle::signal`].
    pub async fn signal<T: Payload>(&self, name: &str, value: T) -> Result<(), ClientError> {
        self.invocation.signal(name, value).await
    }
}

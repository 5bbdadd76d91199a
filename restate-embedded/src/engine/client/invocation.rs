use restate_core::{
    InvocationId, Payload, TerminalError,
    call::Acceptance,
    wire::protocol::{NotificationId, NotificationResult},
};

use super::{Attachment, ClientError, encode, failure, parse_id};
use crate::{
    engine::handle::{Accepted, ControlError, EngineHandle},
    machine::{AcceptedAs, Control},
};

/// An invocation: one that a one-way call has started, or one known by its id.
///
/// It has the methods of the [handle inside a handler](restate_core::InvocationHandle), where only
/// [`invocation_id`](Self::invocation_id) differs: here the id is known.
#[derive(Clone, Debug)]
pub struct InvocationHandle {
    engine: EngineHandle,
    id: InvocationId,
    acceptance: Option<Acceptance>,
}

impl InvocationHandle {
    pub(super) fn known(engine: EngineHandle, id: InvocationId) -> Self {
        Self { engine, id, acceptance: None }
    }

    pub(super) fn started(engine: EngineHandle, accepted: Accepted) -> Self {
        let Accepted { id, acceptance } = accepted;
        let acceptance = match acceptance {
            AcceptedAs::Now | AcceptedAs::At(_) => Acceptance::Accepted,
            AcceptedAs::Before => Acceptance::PreviouslyAccepted,
        };
        Self { engine, id: id.into(), acceptance: Some(acceptance) }
    }

    /// The id of the invocation.
    pub fn invocation_id(&self) -> &InvocationId {
        &self.id
    }

    /// Whether the call has started the invocation; `None` for a handle made from an id.
    pub fn acceptance(&self) -> Option<Acceptance> {
        self.acceptance
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
    /// When the value cannot be encoded; code 413 when it has more bytes than the message limit, or the
    /// journal of the invocation has no room for it.
    pub async fn signal<T: Payload>(&self, name: &str, value: T) -> Result<(), ClientError> {
        self.complete_signal(name, NotificationResult::Value(encode(&self.engine, &value)?.into()))
            .await
    }

    /// Rejects the signal `name`, which the invocation's handler awaits. Otherwise as
    /// [`signal`](Self::signal).
    ///
    /// # Errors
    ///
    /// When the engine has stopped; code 413 when the journal of the invocation has no room for it.
    pub async fn reject_signal(&self, name: &str, error: TerminalError) -> Result<(), ClientError> {
        self.complete_signal(name, NotificationResult::Failure(failure(&error))).await
    }

    async fn complete_signal(
        &self,
        name: &str,
        result: NotificationResult,
    ) -> Result<(), ClientError> {
        let signal = NotificationId::SignalName(name.to_owned());
        Ok(self.engine.signal(parse_id(&self.id)?, signal, result).await?)
    }

    async fn control(&self, control: Control) -> Result<(), ClientError> {
        self.engine.control(parse_id(&self.id)?, control).await.map_err(|error| match error {
            ControlError::NotFound => {
                let message = format!("no such invocation: {}", self.id);
                TerminalError::with_code(404, message).into()
            }
            other => other.into(),
        })
    }

    fn result(&self) -> Attachment {
        Attachment::invocation(self.engine.clone(), self.id.clone())
    }
}

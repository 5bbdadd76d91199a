use restate_core::{
    Payload, TerminalError,
    wire::protocol::{NotificationId, NotificationResult},
};

use super::{ClientError, encode, failure};
use crate::{engine::handle::EngineHandle, model::id::parse_awakeable};

/// An awakeable: a handler awaits it until it is resolved or rejected.
///
/// Made by [`Client::awakeable`](super::Client::awakeable).
///
/// ```no_run
/// # async fn example(client: restate_embedded::Client, id: String)
/// # -> Result<(), restate_embedded::ClientError> {
/// client.awakeable(id).resolve(&"paid".to_owned()).await?;
/// # Ok(())
/// # }
/// ```
#[must_use = "the handler waits until the awakeable is resolved or rejected"]
#[derive(Clone, Debug)]
pub struct Awakeable {
    engine: EngineHandle,
    id: String,
}

impl Awakeable {
    pub(super) fn new(engine: EngineHandle, id: String) -> Self {
        Self { engine, id }
    }

    /// Completes the awakeable with a value. Later completions have no effect.
    ///
    /// # Errors
    ///
    /// When the value cannot be encoded; code 400 when the id is not one of an awakeable, 413 when the value
    /// has more bytes than the message limit, or the journal of the invocation has no room for it.
    pub async fn resolve<T: Payload>(self, value: &T) -> Result<(), ClientError> {
        let value = encode(&self.engine, value)?;
        self.complete(NotificationResult::Value(value.into())).await
    }

    /// Completes the awakeable with a failure: code 500 and this message. Later completions have no
    /// effect.
    ///
    /// # Errors
    ///
    /// Code 400 when the id is not one of an awakeable.
    pub async fn reject(self, message: impl Into<String>) -> Result<(), ClientError> {
        let error = TerminalError::new(message);
        self.complete(NotificationResult::Failure(failure(&error))).await
    }

    async fn complete(&self, result: NotificationResult) -> Result<(), ClientError> {
        let (id, signal) = parse_awakeable(&self.id)
            .map_err(|error| TerminalError::with_code(400, format!("`{}`: {error}", self.id)))?;
        Ok(self.engine.signal(id, NotificationId::SignalId(signal), result).await?)
    }
}

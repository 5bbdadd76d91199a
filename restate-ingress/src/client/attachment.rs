//! Results of invocations.

use restate_core::{InvocationId, Payload, Target};

use super::{IngressClient, query};
use crate::{
    error::IngressError,
    exchange::{Path, ResultQuery},
};

/// Status of an output that is requested before the invocation has ended; Restate's own, outside of
/// HTTP's.
const NOT_READY: u16 = 470;

/// The result of an invocation, found by its idempotency key or workflow key.
#[derive(Clone, Debug)]
pub struct Attachment {
    client: IngressClient,
    of: ResultOf,
}

#[derive(Clone, Debug)]
enum ResultOf {
    Invocation { id: InvocationId },
    Idempotent { target: Target, key: String },
    Workflow { service: String, key: String },
}

impl Attachment {
    pub(crate) fn invocation(client: IngressClient, id: InvocationId) -> Self {
        Self { client, of: ResultOf::Invocation { id } }
    }

    pub(crate) fn idempotent(client: IngressClient, target: Target, key: String) -> Self {
        Self { client, of: ResultOf::Idempotent { target, key } }
    }

    pub(crate) fn workflow(client: IngressClient, service: String, key: String) -> Self {
        Self { client, of: ResultOf::Workflow { service, key } }
    }

    /// Waits for the result.
    ///
    /// # Errors
    ///
    /// The failure that the invocation ended with. When the invocation does not exist or its result is
    /// no longer retained: code 404, as a failure or as a refusal, depending on the engine.
    pub async fn attach<T: Payload>(&self) -> Result<T, IngressError> {
        let request = query(self.path(ResultQuery::Attach)).awaiting_result();
        let response = self.client.exchange().send(request).await?;
        Ok(response.result()?.decode()?)
    }

    /// Returns the result, or `None` if the invocation has not ended.
    ///
    /// # Errors
    ///
    /// As [`attach`](Self::attach).
    pub async fn output<T: Payload>(&self) -> Result<Option<T>, IngressError> {
        let request = query(self.path(ResultQuery::Output));
        let response = self.client.exchange().send(request).await?;
        if response.is_refusal(NOT_READY) {
            return Ok(None);
        }
        Ok(Some(response.result()?.decode()?))
    }

    fn path(&self, query: ResultQuery) -> Path {
        match &self.of {
            ResultOf::Invocation { id } => Path::invocation(id, query),
            ResultOf::Idempotent { target, key } => Path::idempotent(target, key, query),
            ResultOf::Workflow { service, key } => Path::workflow(service, key, query),
        }
    }
}

//! Values that handlers await from outside.

use bytes::Bytes;
use hyper::Method;
use restate_core::Payload;

use super::IngressClient;
use crate::{
    error::IngressError,
    exchange::{Outgoing, Path},
};

/// A value that a handler awaits, until it is resolved or rejected.
///
/// ```no_run
/// # async fn example(ingress: restate_ingress::IngressClient, id: String)
/// # -> Result<(), restate_ingress::IngressError> {
/// ingress.awakeable(id).resolve(&"paid".to_owned()).await?;
/// # Ok(())
/// # }
/// ```
#[must_use = "an awakeable stays awaited until it is resolved or rejected"]
#[derive(Clone, Debug)]
pub struct Awakeable {
    client: IngressClient,
    id: String,
}

impl Awakeable {
    pub(crate) fn new(client: IngressClient, id: String) -> Self {
        Self { client, id }
    }

    /// Gives the handler its value. The first completion counts.
    ///
    /// # Errors
    ///
    /// When the value cannot be encoded, or the engine knows no such awakeable.
    pub async fn resolve<T: Payload>(self, value: &T) -> Result<(), IngressError> {
        let body = value.encode(T::FORMAT.preferred()).map_err(|error| {
            let message = format!("cannot encode the value of awakeable {}: {error}", self.id);
            IngressError::Invalid(message)
        })?;
        let content_type = T::FORMAT.content_types().first().copied();
        self.complete(Path::resolve_awakeable(&self.id), body, content_type).await
    }

    /// Fails the handler's wait with code 500 and this message. The first completion counts.
    ///
    /// # Errors
    ///
    /// When the engine knows no such awakeable.
    pub async fn reject(self, message: impl Into<String>) -> Result<(), IngressError> {
        let body = Bytes::from(message.into());
        self.complete(Path::reject_awakeable(&self.id), body, Some("text/plain")).await
    }

    async fn complete(
        &self,
        path: Path,
        body: Bytes,
        content_type: Option<&'static str>,
    ) -> Result<(), IngressError> {
        let outgoing = Outgoing::new(Method::POST, path).with_body(body, content_type);
        self.client.exchange().answer(outgoing).await?.accepted()?;
        Ok(())
    }
}

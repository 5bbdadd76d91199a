//! Awakeables, completed from outside.

use bytes::Bytes;
use hyper::Method;
use restate_core::{Format, Payload, call::encode_given};

use super::IngressClient;
use crate::{
    error::IngressError,
    exchange::{IngressRequest, Path},
};

/// An awakeable: a handler awaits it until it is resolved or rejected.
///
/// ```no_run
/// # async fn example(ingress: restate_ingress::IngressClient, id: String)
/// # -> Result<(), restate_ingress::IngressError> {
/// ingress.awakeable(id).resolve(&"paid".to_owned()).await?;
/// # Ok(())
/// # }
/// ```
#[must_use = "the handler waits until the awakeable is resolved or rejected"]
#[derive(Clone, Debug)]
pub struct Awakeable {
    client: IngressClient,
    id: String,
}

impl Awakeable {
    pub(crate) fn new(client: IngressClient, id: String) -> Self {
        Self { client, id }
    }

    /// Completes the awakeable with a value. Later completions have no effect.
    ///
    /// # Errors
    ///
    /// When the value cannot be encoded, or the id is not one of an awakeable.
    pub async fn resolve<T: Payload>(self, value: &T) -> Result<(), IngressError> {
        let (body, encoding) = encode_given(value).map_err(|error| {
            let message = format!("cannot encode the value of awakeable {}: {error}", self.id);
            IngressError::Invalid(message)
        })?;
        let content_type = (T::FORMAT != Format::Empty).then(|| encoding.content_type());
        self.complete(Path::resolve_awakeable(&self.id), body, content_type).await
    }

    /// Completes the awakeable with a failure: code 500 and this message. Later completions have no
    /// effect.
    ///
    /// # Errors
    ///
    /// When the id is not one of an awakeable.
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
        let request = IngressRequest::new(Method::POST, path).with_body(body, content_type);
        self.client.exchange().send(request).await?.accepted()?;
        Ok(())
    }
}

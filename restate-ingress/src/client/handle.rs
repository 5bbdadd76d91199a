//! Invocations, as those outside see them.

use hyper::Method;
use restate_core::Payload;
use serde::Deserialize;

use super::{Attachment, IngressClient};
use crate::{
    error::IngressError,
    exchange::{IngressRequest, Path},
};

/// An invocation, known by its id.
#[derive(Clone, Debug)]
pub struct InvocationHandle {
    client: IngressClient,
    id: String,
}

impl InvocationHandle {
    pub(crate) fn new(client: IngressClient, id: String) -> Self {
        Self { client, id }
    }

    /// The invocation's id, `inv_…`.
    pub fn invocation_id(&self) -> &str {
        &self.id
    }

    /// Waits for the invocation's result.
    ///
    /// # Errors
    ///
    /// As [`Attachment::attach`].
    pub async fn attach<T: Payload>(&self) -> Result<T, IngressError> {
        self.result().attach().await
    }

    /// The invocation's result, or `None` while it has none; does not wait for it.
    ///
    /// # Errors
    ///
    /// As [`Attachment::attach`].
    pub async fn output<T: Payload>(&self) -> Result<Option<T>, IngressError> {
        self.result().output().await
    }

    /// Asks the engine to cancel the invocation; does not wait until it has ended.
    ///
    /// # Errors
    ///
    /// When the client has no [admin address](crate::IngressClientBuilder::admin), or the engine
    /// knows no such invocation (status 404).
    pub async fn cancel(&self) -> Result<(), IngressError> {
        let request = IngressRequest::new(Method::PATCH, Path::cancel(&self.id)).for_admin();
        self.client.exchange().send(request).await?.accepted()?;
        Ok(())
    }

    fn result(&self) -> Attachment {
        Attachment::invocation(self.client.clone(), self.id.clone())
    }
}

/// A call that the engine has stored, to be executed whatever happens.
#[derive(Clone, Debug)]
pub struct Submitted {
    invocation: InvocationHandle,
    acceptance: Acceptance,
}

/// Whether a call has started something.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Deserialize)]
pub enum Acceptance {
    /// The call is a new invocation.
    Accepted,
    /// It is one that was there before, with the same idempotency key or workflow key.
    PreviouslyAccepted,
}

/// How an engine says that it has stored a call.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Receipt {
    invocation_id: String,
    status: Acceptance,
}

impl Submitted {
    pub(crate) fn new(client: IngressClient, receipt: Receipt) -> Self {
        let Receipt { invocation_id, status } = receipt;
        Self { invocation: InvocationHandle::new(client, invocation_id), acceptance: status }
    }

    /// Whether the call has started something.
    pub fn status(&self) -> Acceptance {
        self.acceptance
    }

    /// The invocation that executes the call.
    pub fn invocation(&self) -> &InvocationHandle {
        &self.invocation
    }

    /// The invocation's id, `inv_…`.
    pub fn invocation_id(&self) -> &str {
        self.invocation.invocation_id()
    }

    /// Waits for the invocation's result.
    ///
    /// # Errors
    ///
    /// As [`Attachment::attach`].
    pub async fn attach<T: Payload>(&self) -> Result<T, IngressError> {
        self.invocation.attach().await
    }

    /// The invocation's result, or `None` while it has none; does not wait for it.
    ///
    /// # Errors
    ///
    /// As [`Attachment::attach`].
    pub async fn output<T: Payload>(&self) -> Result<Option<T>, IngressError> {
        self.invocation.output().await
    }

    /// Asks the engine to cancel the invocation; does not wait until it has ended.
    ///
    /// # Errors
    ///
    /// As [`InvocationHandle::cancel`].
    pub async fn cancel(&self) -> Result<(), IngressError> {
        self.invocation.cancel().await
    }
}

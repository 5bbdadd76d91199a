//! Handles of invocations.

use std::collections::BTreeMap;

use hyper::Method;
use restate_core::{
    Format, InvocationId, Payload, TerminalError,
    call::{Acceptance, encode_given},
};
use serde::{Deserialize, Serialize};

use super::{Attachment, IngressClient};
use crate::{
    error::IngressError,
    exchange::{IngressRequest, Path},
};

/// An invocation: one that a one-way call has started, or one known by its id.
///
/// It has the methods of the [handle inside a handler](restate_core::InvocationHandle), where only
/// [`invocation_id`](Self::invocation_id) differs: here the id is known.
#[derive(Clone, Debug)]
pub struct InvocationHandle {
    client: IngressClient,
    id: InvocationId,
    acceptance: Option<Acceptance>,
}

impl InvocationHandle {
    pub(crate) fn known(client: IngressClient, id: InvocationId) -> Self {
        Self { client, id, acceptance: None }
    }

    pub(crate) fn started(client: IngressClient, receipt: Receipt) -> Self {
        let Receipt { invocation_id, status } = receipt;
        let acceptance = match status {
            ReceiptStatus::Accepted => Acceptance::Accepted,
            ReceiptStatus::PreviouslyAccepted => Acceptance::PreviouslyAccepted,
        };
        Self { client, id: invocation_id, acceptance: Some(acceptance) }
    }

    /// The id of the invocation.
    pub fn invocation_id(&self) -> &InvocationId {
        &self.id
    }

    /// Whether the call has started the invocation; `None` for a handle made from an id.
    pub fn acceptance(&self) -> Option<Acceptance> {
        self.acceptance
    }

    /// Waits for the output of the invocation.
    ///
    /// # Errors
    ///
    /// As [`Attachment::attach`].
    pub async fn attach<T: Payload>(&self) -> Result<T, IngressError> {
        self.result().attach().await
    }

    /// Returns the output of the invocation, or `None` if it has not ended.
    ///
    /// # Errors
    ///
    /// As [`Attachment::attach`].
    pub async fn output<T: Payload>(&self) -> Result<Option<T>, IngressError> {
        self.result().output().await
    }

    /// Cancels the invocation; does not wait until it has ended.
    ///
    /// # Errors
    ///
    /// When the client has no [admin address](crate::IngressClientBuilder::admin), or the
    /// invocation does not exist (status 404).
    pub async fn cancel(&self) -> Result<(), IngressError> {
        let request = IngressRequest::new(Method::PATCH, Path::cancel(&self.id)).for_admin();
        self.client.exchange().send(request).await?.accepted()?;
        Ok(())
    }

    /// Completes the signal `name` of the invocation with a value.
    ///
    /// A Restate server (1.7.12) has no route for signals: there, call a handler that sends it.
    ///
    /// # Errors
    ///
    /// When the value cannot be encoded, or the engine has no route for signals (status 404).
    pub async fn signal<T: Payload>(&self, name: &str, value: T) -> Result<(), IngressError> {
        let (body, encoding) = encode_given(&value).map_err(|error| {
            IngressError::Invalid(format!(
                "cannot encode the value of signal `{name}` to {}: {error}",
                self.id
            ))
        })?;
        let content_type = (T::FORMAT != Format::Empty).then(|| encoding.content_type());
        let request = IngressRequest::new(Method::POST, Path::resolve_signal(&self.id, name))
            .with_body(body, content_type);
        self.client.exchange().send(request).await?.accepted()?;
        Ok(())
    }

    /// Completes the signal `name` of the invocation with a failure.
    ///
    /// # Errors
    ///
    /// As [`signal`](Self::signal).
    pub async fn reject_signal(
        &self,
        name: &str,
        error: TerminalError,
    ) -> Result<(), IngressError> {
        let failure = SignalFailure {
            code: error.code(),
            message: error.message(),
            metadata: error.metadata().collect(),
        };
        let body = serde_json::to_vec(&failure)
            .expect("a failure is a number, a text and a map with string keys");
        let request = IngressRequest::new(Method::POST, Path::reject_signal(&self.id, name))
            .with_body(body.into(), Some("application/json"));
        self.client.exchange().send(request).await?.accepted()?;
        Ok(())
    }

    fn result(&self) -> Attachment {
        Attachment::invocation(self.client.clone(), self.id.clone())
    }
}

/// The response to a one-way call.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Receipt {
    invocation_id: InvocationId,
    status: ReceiptStatus,
}

#[derive(Debug, Deserialize)]
enum ReceiptStatus {
    Accepted,
    PreviouslyAccepted,
}

/// The failure of a signal, in the form of the ingress's own error responses.
#[derive(Serialize)]
struct SignalFailure<'a> {
    code: u16,
    message: &'a str,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    metadata: BTreeMap<&'a str, &'a str>,
}

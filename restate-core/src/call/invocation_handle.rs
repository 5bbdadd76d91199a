//! Handles of other invocations, inside a handler.

use restate_sdk_shared_core::{
    AttachInvocationTarget, NonEmptyValue, NotificationHandle, VM, Value,
};

use crate::{
    attempt::{
        convert::{encode, failure, likely_value, optional, value},
        durable::AwaitedNotification,
        journal::Journal,
    },
    error::TerminalError,
    invocation_id::InvocationId,
    payload::{Encoding, Payload, ValueFor},
    wire::ids::is_invocation_id,
};

/// An invocation: one that this handler has started, or one known by its id.
///
/// The handles of the in-process client and of the ingress client have the same methods. They are types
/// of their own, because a handler has to wait for the id, and because each channel has its own errors.
///
/// Each operation first waits for the id, which may suspend the handler. Its error is code 409 when the
/// handler is cancelled meanwhile, or the one that the operation names.
#[derive(Clone, Debug)]
pub struct InvocationHandle<'a> {
    journal: &'a Journal,
    id: Id,
    /// The encoding of messages in which its caller has asked for the response.
    asked: Option<Encoding>,
}

#[derive(Clone, Debug)]
enum Id {
    Known(InvocationId),
    /// Sent by the engine under this handle; `None` if recording has failed the attempt.
    Awaited(Option<NotificationHandle>),
}

impl<'a> InvocationHandle<'a> {
    pub(crate) fn started(
        journal: &'a Journal,
        id: Option<NotificationHandle>,
        asked: Encoding,
    ) -> Self {
        Self { journal, id: Id::Awaited(id), asked: Some(asked) }
    }

    pub(crate) fn known(journal: &'a Journal, id: InvocationId) -> Self {
        Self { journal, id: Id::Known(id), asked: None }
    }

    /// The id of the invocation.
    ///
    /// # Errors
    ///
    /// Code 409 when this handler is cancelled meanwhile; code 400 when the id is not one.
    pub async fn invocation_id(&self) -> Result<InvocationId, TerminalError> {
        let awaited = match &self.id {
            Id::Known(id) => return checked(id),
            Id::Awaited(handle) => *handle,
        };
        if let Some(id) = awaited.and_then(|handle| self.journal.known_id(handle)) {
            return Ok(id);
        }
        let Value::InvocationId(id) = wait(self.journal, awaited).await? else {
            return Err(TerminalError::new("the engine did not answer with an invocation id"));
        };
        let id = InvocationId::from(id);
        if let Some(handle) = awaited {
            self.journal.remember_id(handle, id.clone());
        }
        Ok(id)
    }

    /// Waits for the output of the invocation.
    ///
    /// # Errors
    ///
    /// The failure that the invocation ended with; code 404 when it does not exist, or its output is no
    /// longer retained.
    pub async fn attach<T: Payload>(&self) -> Result<T, TerminalError> {
        let target = AttachInvocationTarget::InvocationId(self.invocation_id().await?.into());
        let recorded = self.journal.record("`attach`", |vm| vm.sys_attach_invocation(target));
        self.read(wait(self.journal, recorded).await?)
    }

    /// Returns the output of the invocation, or `None` if it has not ended.
    ///
    /// # Errors
    ///
    /// As [`attach`](Self::attach).
    pub async fn output<T: Payload>(&self) -> Result<Option<T>, TerminalError> {
        let target = AttachInvocationTarget::InvocationId(self.invocation_id().await?.into());
        let recorded = self.journal.record("`output`", |vm| vm.sys_get_invocation_output(target));
        optional(wait(self.journal, recorded).await?, |output| self.read(output))
    }

    /// Cancels the invocation; does not wait until it has ended.
    ///
    /// # Errors
    ///
    /// As [`invocation_id`](Self::invocation_id).
    pub async fn cancel(&self) -> Result<(), TerminalError> {
        let id = self.invocation_id().await?.into();
        self.journal.record("`cancel`", |vm| vm.sys_cancel_invocation(id));
        Ok(())
    }

    /// Completes the signal `name` of the invocation with a value.
    ///
    /// # Errors
    ///
    /// As [`invocation_id`](Self::invocation_id); code 500 when the value cannot be encoded.
    pub async fn signal<T: Payload>(
        &self,
        name: &str,
        value: impl ValueFor<T>,
    ) -> Result<(), TerminalError> {
        self.complete_signal(name, encode(&value)?).await
    }

    /// Completes the signal `name` of the invocation with a failure.
    ///
    /// # Errors
    ///
    /// As [`invocation_id`](Self::invocation_id).
    pub async fn reject_signal(
        &self,
        name: &str,
        error: TerminalError,
    ) -> Result<(), TerminalError> {
        self.complete_signal(name, NonEmptyValue::Failure(failure(&error))).await
    }

    /// Handlers respond in the encoding of their request.
    fn read<T: Payload>(&self, output: Value) -> Result<T, TerminalError> {
        match self.asked {
            Some(asked) => likely_value(output, asked),
            None => value(output),
        }
    }

    async fn complete_signal(&self, name: &str, value: NonEmptyValue) -> Result<(), TerminalError> {
        let (id, name) = (self.invocation_id().await?.into(), name.to_owned());
        self.journal.record("sending a signal", |vm| vm.sys_complete_signal(id, name, value));
        Ok(())
    }
}

/// Whether a one-way call has started an invocation. Handles of clients tell it; inside a handler the
/// engine does not.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Acceptance {
    /// The call has started the invocation.
    Accepted,
    /// An earlier call with the same idempotency key or workflow key has started it.
    PreviouslyAccepted,
}

async fn wait(
    journal: &Journal,
    handle: Option<NotificationHandle>,
) -> Result<Value, TerminalError> {
    let mut durable = AwaitedNotification::new(journal, handle);
    std::future::poll_fn(|cx| durable.poll_value(cx)).await
}

/// Refuses a text that is not an id on any engine: a Restate server would fail each attempt with it.
fn checked(id: &InvocationId) -> Result<InvocationId, TerminalError> {
    if is_invocation_id(id) {
        return Ok(id.clone());
    }
    let message = format!(
        "`{id}` is not an invocation id: an id is `inv_1` and 33 letters and digits; use one that the \
         engine returned"
    );
    Err(TerminalError::with_code(400, message))
}

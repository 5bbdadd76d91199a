//! Other invocations, as a handler sees them.

use restate_sdk_shared_core::{
    AttachInvocationTarget, NonEmptyValue, NotificationHandle, VM, Value,
};

use crate::{
    attempt::{
        convert::{encode, failure, optional, value},
        durable::AwaitedNotification,
        journal::Journal,
    },
    error::TerminalError,
    payload::Payload,
};

/// Another invocation: one that this handler has started, or one known by its id.
///
/// Each operation first waits for the invocation's id, which may suspend the handler; errors are
/// code 409 when the handler is cancelled meanwhile, and what the operation itself names.
#[derive(Clone, Debug)]
pub struct InvocationHandle<'a> {
    journal: &'a Journal,
    id: Id,
}

#[derive(Clone, Debug)]
enum Id {
    Known(String),
    /// Told by the engine under this handle; none if recording has failed the attempt.
    Awaited(Option<NotificationHandle>),
}

impl<'a> InvocationHandle<'a> {
    pub(crate) fn started(journal: &'a Journal, id: Option<NotificationHandle>) -> Self {
        Self { journal, id: Id::Awaited(id) }
    }

    pub(crate) fn known(journal: &'a Journal, id: String) -> Self {
        Self { journal, id: Id::Known(id) }
    }

    /// The invocation's id, `inv_…`.
    ///
    /// # Errors
    ///
    /// Code 409 when the invocation that asks is cancelled meanwhile.
    pub async fn invocation_id(&self) -> Result<String, TerminalError> {
        let awaited = match &self.id {
            Id::Known(id) => return Ok(id.clone()),
            Id::Awaited(handle) => *handle,
        };
        if let Some(id) = awaited.and_then(|handle| self.journal.known_id(handle)) {
            return Ok(id);
        }
        let Value::InvocationId(id) = wait(self.journal, awaited).await? else {
            return Err(TerminalError::new("the engine answered with another thing than an id"));
        };
        if let Some(handle) = awaited {
            self.journal.remember_id(handle, &id);
        }
        Ok(id)
    }

    /// Waits for the invocation's output.
    ///
    /// # Errors
    ///
    /// The failure that the invocation has ended with; code 404 if the engine does not know it.
    pub async fn attach<T: Payload>(&self) -> Result<T, TerminalError> {
        let target = AttachInvocationTarget::InvocationId(self.invocation_id().await?);
        let recorded = self.journal.record("`attach`", |vm| vm.sys_attach_invocation(target));
        value(wait(self.journal, recorded).await?)
    }

    /// The invocation's output, or `None` while it has none; does not wait for it.
    ///
    /// # Errors
    ///
    /// As [`attach`](Self::attach).
    pub async fn output<T: Payload>(&self) -> Result<Option<T>, TerminalError> {
        let target = AttachInvocationTarget::InvocationId(self.invocation_id().await?);
        let recorded = self.journal.record("`output`", |vm| vm.sys_get_invocation_output(target));
        optional(wait(self.journal, recorded).await?)
    }

    /// Asks the engine to cancel the invocation; does not wait until it has ended.
    ///
    /// # Errors
    ///
    /// As [`invocation_id`](Self::invocation_id).
    pub async fn cancel(&self) -> Result<(), TerminalError> {
        let id = self.invocation_id().await?;
        self.journal.record("`cancel`", |vm| vm.sys_cancel_invocation(id));
        Ok(())
    }

    /// Sends `value` to whoever awaits the signal `name` in the invocation.
    ///
    /// # Errors
    ///
    /// As [`invocation_id`](Self::invocation_id); code 500 when the value cannot be encoded.
    pub async fn signal<T: Payload>(&self, name: &str, value: T) -> Result<(), TerminalError> {
        self.complete_signal(name, encode(&value)?).await
    }

    /// Fails the signal `name` for whoever awaits it in the invocation.
    ///
    /// # Errors
    ///
    /// As [`invocation_id`](Self::invocation_id).
    pub async fn reject_signal(
        self,
        name: &str,
        error: TerminalError,
    ) -> Result<(), TerminalError> {
        self.complete_signal(name, NonEmptyValue::Failure(failure(&error))).await
    }

    async fn complete_signal(&self, name: &str, value: NonEmptyValue) -> Result<(), TerminalError> {
        let (id, name) = (self.invocation_id().await?, name.to_owned());
        self.journal.record("sending a signal", |vm| vm.sys_complete_signal(id, name, value));
        Ok(())
    }
}

async fn wait(
    journal: &Journal,
    handle: Option<NotificationHandle>,
) -> Result<Value, TerminalError> {
    let mut durable = AwaitedNotification::new(journal, handle);
    std::future::poll_fn(|cx| durable.poll_value(cx)).await
}

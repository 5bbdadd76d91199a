//! State of objects that handlers read lazily, and that people change.

use bytes::Bytes;
use restate_core::wire::protocol::{
    GetLazyStateCommand, GetLazyStateKeysCommand, MessageType, Notification, NotificationId,
    NotificationResult, StateKeys, Void,
};

use super::{Waiter, checks::Refusal, effects::Reply, step::Step};
use crate::{
    model::{
        id::InvocationId,
        size_limits::{Oversize, SizeLimits},
        state_version::version,
        target::Object,
    },
    store::{StoreError, Write},
};

/// A change of an object's state by people: values by name, `None` to remove one.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct StateChange {
    pub(crate) object: Object,
    pub(crate) values: Vec<(Bytes, Option<Bytes>)>,
    pub(crate) others: OtherValues,
}

/// What becomes of the values that a change does not name.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum OtherValues {
    Keep,
    /// They are removed. If there is a version, the state before must have it.
    Remove {
        version: Option<String>,
    },
}

impl Step<'_> {
    pub(super) fn get_state(
        &mut self,
        id: InvocationId,
        object: &Object,
        command: &GetLazyStateCommand,
    ) -> Result<(), StoreError> {
        let result = match self.store()?.value(object, &command.key)? {
            // An earlier version has stored it. As a part of a journal, it would end the engine.
            Some(value) if value.len() > SizeLimits::MAX_MESSAGE => {
                let (name, length, limit) = (&command.key, value.len(), SizeLimits::MAX_MESSAGE);
                let message = Oversize::Value { name, length, limit }.to_string();
                self.end_refused(id, Refusal { code: 413, message, answer: None });
                return Ok(());
            }
            Some(value) => NotificationResult::Value(value.into()),
            None => NotificationResult::Void(Void {}),
        };
        let completion = command.result_completion_id;
        self.complete_entry(id, completion, MessageType::GetLazyStateCompletion, result);
        Ok(())
    }

    pub(super) fn get_state_keys(
        &mut self,
        id: InvocationId,
        object: &Object,
        command: &GetLazyStateKeysCommand,
    ) -> Result<(), StoreError> {
        let names = self.store()?.state_names(object)?;
        let keys = names.into_iter().map(|(name, _)| name).collect();
        let result = NotificationResult::StateKeys(StateKeys { keys });
        let completion = command.result_completion_id;
        self.complete_entry(id, completion, MessageType::GetLazyStateKeysCompletion, result);
        Ok(())
    }

    /// Completes an entry of the invocation that made it.
    pub(super) fn complete_entry(
        &mut self,
        id: InvocationId,
        completion: u32,
        ty: MessageType,
        result: NotificationResult,
    ) {
        let completion = Some(NotificationId::CompletionId(completion));
        self.notify(id, ty, &Notification { id: completion, result: Some(result) });
    }

    /// Changes the state of an object, unless a handler that may write it holds the key.
    pub(super) fn change_state(
        &mut self,
        change: StateChange,
        waiter: Waiter,
    ) -> Result<(), StoreError> {
        if let Some(holder) = self.machine.queues.holder(&change.object) {
            let message = format!(
                "{holder} holds the key and may write the state; wait until it ends, or cancel it"
            );
            self.reply(waiter, Reply::Refused(message));
            return Ok(());
        }
        if let Some(reason) = self.check_version(&change)? {
            self.reply(waiter, Reply::Refused(reason));
            return Ok(());
        }
        if let Some(reason) = self.check_change(&change)? {
            self.reply(waiter, Reply::TooLarge(reason));
            return Ok(());
        }
        let StateChange { object, values, others } = change;
        let others = match others {
            OtherValues::Keep => Vec::new(),
            OtherValues::Remove { .. } => self.store()?.state_names(&object)?,
        };
        let is_named = |name: &Bytes| values.iter().any(|(named, _)| named == name);
        let removed = others.into_iter().map(|(name, _)| name).filter(|name| !is_named(name));
        let removed: Vec<_> = removed.map(|name| (name, None)).collect();
        for (name, value) in removed.into_iter().chain(values) {
            let object = object.clone();
            self.write(match value {
                Some(value) => Write::SetState { object, name, value },
                None => Write::ClearState { object, name },
            });
        }
        self.reply(waiter, Reply::Done);
        Ok(())
    }

    /// Why a change does not concern the state as it is.
    fn check_version(&mut self, change: &StateChange) -> Result<Option<String>, StoreError> {
        let OtherValues::Remove { version: Some(expected) } = &change.others else {
            return Ok(None);
        };
        let state = self.store()?.state(&change.object, u64::MAX)?.unwrap_or_default();
        let found = version(&state);
        Ok((found != *expected).then(|| {
            format!(
                "the state has changed: its version is {found} and not {expected}; read it again, or leave out \
                 the version"
            )
        }))
    }
}

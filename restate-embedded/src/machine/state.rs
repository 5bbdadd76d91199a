//! State of objects that is read when a handler asks for it, and changed by people.

use bytes::Bytes;
use restate_core::wire::protocol::{
    GetLazyStateCommand, GetLazyStateKeysCommand, MessageType, Notification, NotificationId,
    NotificationResult, StateKeys, Void,
};

use super::{
    Machine, Waiter,
    commands::Violation,
    effects::{Question, Reply},
};
use crate::{id::InvocationId, store::Write, target::Object};

/// State that a handler asks for.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct StateQuery {
    pub(crate) object: Object,
    /// The attempt whose command this is; it is read on only after the answer.
    pub(crate) asker: InvocationId,
    /// The completion id of that command.
    pub(crate) completion: u32,
    pub(crate) wanted: Wanted,
}

/// Which part of an object's state is asked for.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Wanted {
    /// The value of this name.
    Value(Bytes),
    /// All names.
    Names,
}

/// A change of an object's state by people: values by name, `None` to remove one.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct StateChange {
    pub(crate) object: Object,
    pub(crate) values: Vec<(Bytes, Option<Bytes>)>,
}

impl Machine {
    pub(super) fn ask_state(
        &mut self,
        id: InvocationId,
        command: GetLazyStateCommand,
    ) -> Result<(), Violation> {
        let GetLazyStateCommand { key, result_completion_id, .. } = command;
        self.ask_for_state(id, result_completion_id, Wanted::Value(key))
    }

    pub(super) fn ask_state_names(
        &mut self,
        id: InvocationId,
        command: &GetLazyStateKeysCommand,
    ) -> Result<(), Violation> {
        self.ask_for_state(id, command.result_completion_id, Wanted::Names)
    }

    fn ask_for_state(
        &mut self,
        id: InvocationId,
        completion: u32,
        wanted: Wanted,
    ) -> Result<(), Violation> {
        let object = self.invocations.get(&id).ok_or("the invocation is over")?.target.object();
        let query = StateQuery { object, asker: id, completion, wanted };
        self.effects.questions.push(Question::State(Box::new(query)));
        Ok(())
    }

    /// Goes on with a query, now that it is known what the state is.
    pub(super) fn state(&mut self, query: StateQuery, mut found: Vec<(Bytes, Bytes)>) {
        let StateQuery { asker, completion, wanted, .. } = query;
        let (ty, result) = match wanted {
            Wanted::Value(_) => {
                let result = match found.pop() {
                    Some((_, value)) => NotificationResult::Value(value.into()),
                    None => NotificationResult::Void(Void {}),
                };
                (MessageType::GetLazyStateCompletion, result)
            }
            Wanted::Names => {
                let keys = found.into_iter().map(|(name, _)| name).collect();
                let result = NotificationResult::StateKeys(StateKeys { keys });
                (MessageType::GetLazyStateKeysCompletion, result)
            }
        };
        let id = Some(NotificationId::CompletionId(completion));
        self.notify(asker, ty, &Notification { id, result: Some(result) });
        self.read_frames(asker);
    }

    /// Changes the state of an object, unless a handler that may write it has the key.
    pub(super) fn change_state(&mut self, change: StateChange, waiter: Waiter) {
        let StateChange { object, values } = change;
        let holder = self.queues.get(&object).and_then(|queue| queue.front()).copied();
        if let Some(holder) = holder {
            let message = format!(
                "{holder} has the key and may write the state; wait for it, or cancel it, first"
            );
            return self.reply(waiter, Reply::Refused(message));
        }
        for (name, value) in values {
            let object = object.clone();
            self.effects.writes.push(match value {
                Some(value) => Write::SetState { object, name, value },
                None => Write::ClearState { object, name },
            });
        }
        self.reply(waiter, Reply::Done);
    }
}

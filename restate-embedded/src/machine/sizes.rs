//! Limits of size, checked before anything is stored.

use bytes::Bytes;
use restate_core::wire::protocol::ProposeRunCompletion;

use super::{
    checks::Refusal,
    commands::CommandError,
    state::{OtherValues, StateChange},
    step::Step,
};
use crate::{
    model::{id::InvocationId, size_limits::Oversize, target::Object},
    store::StoreError,
};

impl Step<'_> {
    /// Refuses a command that would make the journal of an invocation too long.
    pub(super) fn check_journal(
        &mut self,
        id: InvocationId,
        added: usize,
    ) -> Result<(), CommandError> {
        let limit = self.machine.services.size_limits().journal;
        let length = self.invocation(id)?.journal_bytes() + added as u64;
        if length > limit { Err(too_large(&Oversize::Journal { length, limit })) } else { Ok(()) }
    }

    /// Adds the result of a `run` closure, unless it makes the journal too long.
    pub(super) fn append_run(
        &mut self,
        id: InvocationId,
        run: ProposeRunCompletion,
        ack: bool,
    ) -> Result<(), CommandError> {
        let (now, limit) = (self.now, self.machine.services.size_limits().journal);
        let appended = self.invocation(id)?.append_run(run, ack, now, limit);
        appended.map_err(|length| too_large(&Oversize::Journal { length, limit }))?;
        self.touch(id);
        Ok(())
    }

    /// Ends invocations whose journals have no room for a result or a signal that they were sent.
    pub(super) fn end_overfull(&mut self) {
        while let Some((id, length)) = self.next_overfull() {
            if self.machine.invocations.contains_key(&id) {
                let message = self.full_journal(length);
                self.end_refused(id, Refusal { code: 413, message, answer: None });
            }
        }
    }

    /// Says that a journal would have this length, over the limit.
    pub(super) fn full_journal(&self, length: u64) -> String {
        let limit = self.machine.services.size_limits().journal;
        Oversize::Journal { length, limit }.to_string()
    }

    /// Refuses a value that is too long, or makes the state of its object too long.
    pub(super) fn check_value(
        &mut self,
        id: InvocationId,
        object: &Object,
        name: &Bytes,
        value: &Bytes,
    ) -> Result<(), CommandError> {
        let limits = self.machine.services.size_limits();
        let (length, limit) = (value.len(), limits.value);
        if length > limit {
            return Err(too_large(&Oversize::Value { name, length, limit }));
        }
        let added = (name.len() + value.len()) as u64;
        // An upper bound, so that the store need not be asked: it counts replaced values, too.
        let known = self.invocation(id)?.running().and_then(|attempt| attempt.state_size());
        let mut size = known.map_or(u64::MAX, |known| known.saturating_add(added));
        if size > limits.state {
            size = self.store()?.state_size(object, name)?.saturating_add(added);
        }
        let limit = limits.state;
        if size > limit {
            return Err(too_large(&Oversize::State { name, length: size, limit }));
        }
        if let Some(attempt) = self.invocation(id)?.running() {
            attempt.set_state_size(size);
        }
        Ok(())
    }

    /// Why a change of state by people is too large.
    pub(super) fn check_change(
        &mut self,
        change: &StateChange,
    ) -> Result<Option<String>, StoreError> {
        let limits = self.machine.services.size_limits();
        let mut added = 0;
        for (name, value) in &change.values {
            let Some(value) = value else { continue };
            let (length, limit) = (value.len(), limits.value);
            if length > limit {
                return Ok(Some(Oversize::Value { name, length, limit }.to_string()));
            }
            added += (name.len() + length) as u64;
            let others = match change.others {
                // Values that this change replaces count, unless they are alone in it.
                OtherValues::Keep => self.store()?.state_size(&change.object, name)?,
                OtherValues::Remove { .. } => 0,
            };
            let (length, limit) = (others.saturating_add(added), limits.state);
            if length > limit {
                return Ok(Some(Oversize::State { name, length, limit }.to_string()));
            }
        }
        Ok(None)
    }
}

/// Ends the invocation.
///
/// The handler cannot be told: with a higher limit, a later attempt would differ from what the handler
/// makes of the failure.
fn too_large(oversize: &Oversize<'_>) -> CommandError {
    CommandError::Refused(Refusal { code: 413, message: oversize.to_string(), answer: None })
}

use restate_sdk_shared_core as vm;

use super::mismatch::cut_values;

/// How an attempt ended. The engine was told the same in its last message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The handler has returned; its output is in the journal.
    Completed,
    /// The handler waits for a notification; the next attempt continues when it has arrived.
    Suspended,
    /// The attempt failed; the engine decides what happens next.
    #[non_exhaustive]
    Failed {
        /// The code that the engine was told, such as [`JOURNAL_MISMATCH`].
        code: u16,
        /// What went wrong, with its causes, for people.
        message: String,
        /// The invocation; empty if the attempt failed before it was told.
        invocation_id: String,
    },
}

/// The code of an attempt whose handler departs from its journal.
pub const JOURNAL_MISMATCH: u16 = 570;

impl Outcome {
    /// `hides_values` says whether people must not see values of the handler.
    pub(super) fn failed(invocation_id: &str, error: &vm::Error, hides_values: bool) -> Self {
        // The handler's own errors have a description, whose essence is in the message. Those of the state
        // machine have none; their text adds the command that they concern.
        let mut message = match error.description() {
            "" => error.to_string(),
            _ => error.message().to_owned(),
        };
        let code = error.code();
        if code == JOURNAL_MISMATCH {
            cut_values(&mut message, hides_values);
        }
        Self::Failed { code, message, invocation_id: invocation_id.to_owned() }
    }
}

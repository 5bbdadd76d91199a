//! The number of an attempt, for the errors that it reports.

use bytes::Bytes;
use prost::Message as _;

use crate::wire::framing::Decoder;

/// Counts attempts as engines do: from 1, and anew each time the journal has grown.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct AttemptNumber {
    /// Attempts that failed before this one, since the journal last grew.
    failures: u32,
}

impl AttemptNumber {
    pub(super) fn get(self) -> u32 {
        self.failures.saturating_add(1)
    }

    /// The handler has added an entry to its journal: what fails from now on fails for the first time.
    pub(super) fn journal_grew(&mut self) {
        self.failures = 0;
    }
}

/// Reads the number of an attempt from its start message, which the state machine keeps to itself.
#[derive(Default)]
pub(super) struct NumberReader {
    frames: Decoder,
    read: Option<AttemptNumber>,
}

/// The one field of `Start` that is needed. The others, with all of the state, are skipped.
#[derive(Clone, Copy, PartialEq, prost::Message)]
struct StartFailures {
    #[prost(uint32, tag = "7")]
    retry_count_since_last_stored_entry: u32,
}

impl NumberReader {
    /// Takes the next bytes that the engine has sent.
    pub(super) fn read(&mut self, chunk: &Bytes) {
        if self.read.is_some() {
            return;
        }
        self.frames.push(chunk.clone());
        // The state machine reports a message that cannot be read.
        if let Ok(Some(start)) = self.frames.next_frame() {
            let start = StartFailures::decode(start.body()).unwrap_or_default();
            let failures = start.retry_count_since_last_stored_entry;
            self.read = Some(AttemptNumber { failures });
            self.frames = Decoder::default();
        }
    }

    pub(super) fn number(self) -> AttemptNumber {
        self.read.unwrap_or_default()
    }
}

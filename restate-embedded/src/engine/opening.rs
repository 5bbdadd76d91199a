//! What an attempt receives first: the message that starts it, and the journal that it replays.

use std::{collections::VecDeque, fmt, sync::Arc};

use bytes::{Bytes, BytesMut};
use restate_core::wire::{
    framing::{self, count_frames},
    protocol::{self, StateEntry},
};

use crate::{
    engine::{
        attempt::JournalSlot,
        inbox::{Command, Inbox},
    },
    machine::Start,
    store::JournalReader,
};

/// The opening of an attempt, without the journal.
pub(super) struct Opening {
    pub(super) start: Start,
    /// The state of its object; `None` if the attempt has to ask for each value.
    pub(super) state: Option<Vec<(Bytes, Bytes)>>,
}

/// Where the journal of an attempt comes from.
pub(super) enum JournalSource {
    /// It has been read.
    Read(VecDeque<Bytes>),
    /// It is long, and has to be read on another thread.
    Stored(Box<Opening>, Box<dyn JournalReader>),
}

impl fmt::Debug for JournalSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Read(_) => "Read",
            Self::Stored(..) => "Stored",
        })
    }
}

impl Opening {
    /// Reads the journal on this thread, which may block, and delivers it to the attempt.
    pub(super) fn read(
        self,
        mut reader: Box<dyn JournalReader>,
        slot: JournalSlot,
        inbox: &Arc<Inbox>,
    ) {
        match reader.journal(self.start.id, self.start.parts) {
            // Without its journal, the invocation has ended meanwhile, and its attempt is stopped.
            Ok(entries) if entries.len() <= self.start.parts as usize => {}
            Ok(entries) => slot.fill(self.journal(entries)),
            Err(error) => inbox.push(Command::StoreFailed(error)),
        }
    }

    /// The messages of the opening, given the parts of the journal.
    pub(super) fn journal(self, entries: Vec<Bytes>) -> VecDeque<Bytes> {
        let Self { start, state } = self;
        let mut first = BytesMut::new();
        framing::encode(
            &protocol::Start {
                id: start.id.start_bytes().into(),
                debug_id: start.id.start_text(),
                known_entries: entries.iter().map(|part| count_frames(part)).sum(),
                partial_state: state.is_none(),
                state_map: state
                    .into_iter()
                    .flatten()
                    .map(|(key, value)| StateEntry { key, value })
                    .collect(),
                key: start.target.key.to_string(),
                retry_count_since_last_stored_entry: start.failures,
                duration_since_last_stored_entry: start.since_progress,
                random_seed: start.random_seed,
                idempotency_key: start.idempotency_key.as_deref().map(str::to_owned),
                scope: start.target.scope.as_deref().map(str::to_owned),
                limit_key: start.limit_key.as_deref().map(str::to_owned),
            },
            &mut first,
        );
        [first.freeze()].into_iter().chain(entries).collect()
    }
}

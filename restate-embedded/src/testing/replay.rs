use std::{
    collections::VecDeque,
    error::Error,
    fmt,
    task::{Context, Poll},
};

use bytes::{Bytes, BytesMut};
use restate_core::{
    Service,
    engine::{
        AttemptOptions, Outcome, Transport, attempt,
        framing::{self, Decoder, Frame},
        protocol::{MessageType, Start},
    },
};

use super::Recording;

impl Recording {
    /// Replays the journal against a handler of today, cut off after each of its entries in turn.
    ///
    /// This is what would happen if the process had died, or the handler had been suspended, at
    /// each of those points. `run` closures whose results are cut off run again.
    ///
    /// # Errors
    ///
    /// The first entry at which the handler does something else than what is recorded.
    pub async fn replay(&self, service: &dyn Service) -> Result<(), Divergence> {
        let recorded = self.frames();
        for known in 1..=recorded.len() {
            self.replay_first(&recorded, known, service).await?;
        }
        Ok(())
    }

    async fn replay_first(
        &self,
        recorded: &[Frame],
        known: usize,
        service: &dyn Service,
    ) -> Result<(), Divergence> {
        let mut options = AttemptOptions::default();
        options.report_awaits = false;
        let mut script = Script::new(&self.target.key, &recorded[..known]);
        let outcome = attempt(service, &self.target.handler, options, &mut script).await;
        // A failure that is no mismatch is the handler's own affair: it would be tried again.
        if let Outcome::Failed(error) = outcome
            && error.contains(MISMATCH)
        {
            return Err(Divergence { known, recorded: None, found: error });
        }
        let mut rest = recorded[known..].iter().filter(|frame| frame.ty().is_command());
        for found in script.commands() {
            let Some(expected) = rest.next() else { break };
            if !same(expected, &found) {
                let (recorded, found) = (Some(describe(expected)), describe(&found));
                return Err(Divergence { known, recorded, found });
            }
        }
        Ok(())
    }
}

/// The code with which the state machine reports that journal and handler differ.
const MISMATCH: &str = "570";

/// Points in time may differ between what is recorded and what is done now.
fn same(recorded: &Frame, found: &Frame) -> bool {
    let timed = matches!(recorded.ty(), MessageType::SleepCommand | MessageType::OneWayCallCommand);
    recorded.ty() == found.ty() && (timed || recorded.raw() == found.raw())
}

fn describe(frame: &Frame) -> String {
    format!("{} ({})", frame.ty(), String::from_utf8_lossy(&frame.body()).escape_debug())
}

/// The engine's side of an attempt: a journal, and then nothing.
struct Script {
    input: VecDeque<Bytes>,
    sent: Decoder,
}

impl Script {
    fn new(key: &str, entries: &[Frame]) -> Self {
        let mut start = BytesMut::new();
        let known_entries = u32::try_from(entries.len()).unwrap_or(u32::MAX);
        framing::encode(
            &Start {
                id: Bytes::from_static(&[0; 16]),
                debug_id: "inv_recorded".to_owned(),
                known_entries,
                key: key.to_owned(),
                // State that was read is in the journal; the rest would have to be asked for.
                partial_state: true,
                ..Start::default()
            },
            &mut start,
        );
        let journal = entries.iter().map(|entry| entry.raw().clone());
        Self {
            input: [start.freeze()].into_iter().chain(journal).collect(),
            sent: Decoder::new(usize::MAX),
        }
    }

    fn commands(mut self) -> Vec<Frame> {
        let sent = std::iter::from_fn(|| self.sent.next_frame().ok().flatten());
        sent.filter(|frame| frame.ty().is_command()).collect()
    }
}

impl Transport for Script {
    fn poll_receive(&mut self, _: &mut Context<'_>) -> Poll<Option<Bytes>> {
        Poll::Ready(self.input.pop_front())
    }

    fn send(&mut self, chunk: Bytes) {
        self.sent.push(chunk);
    }
}

/// A handler does something else than what its journal says it did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Divergence {
    known: usize,
    recorded: Option<String>,
    found: String,
}

impl Divergence {
    /// How many entries of the journal the handler knew.
    pub fn known_entries(&self) -> usize {
        self.known
    }
}

impl fmt::Display for Divergence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { known, recorded, found } = self;
        match recorded {
            Some(recorded) => write!(
                f,
                "with the first {known} entries of its journal, the handler does `{found}`, where \
                 the journal has `{recorded}`; take the old way for invocations under way, as by \
                 another handler name"
            ),
            None => write!(
                f,
                "the handler does not follow the first {known} entries of its journal: {found}"
            ),
        }
    }
}

impl Error for Divergence {}

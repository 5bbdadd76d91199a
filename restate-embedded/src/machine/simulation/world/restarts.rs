//! Completed invocations are executed again, from an entry of their journals.

use bytes::Bytes;
use restate_core::wire::{
    framing::{Decoder, Frame},
    protocol::{MessageType, NotificationId, VERSION},
};

use super::{World, clients::Purpose};
use crate::{
    machine::{
        Input, PrefixError, Restart, ResumeOn, prefix,
        simulation::{attempt::AWAKEABLE, invariants::Restarting},
    },
    model::deployment::DeploymentId,
    store::{Phase, Store as _, StoredInvocation},
};

impl World {
    /// Somebody restarts a completed invocation from a random entry, if there is one whose journal is kept.
    pub(super) fn restart(&mut self) -> Result<(), String> {
        let completed = self.restartable();
        if completed.is_empty() {
            return Ok(());
        }
        let Candidate { stored, input, journal } = self.random.pick(&completed).clone();
        let id = stored.id;
        let last = frames(&journal).count();
        // The output is no entry that is kept.
        let from = u32::try_from(self.random.index(last.max(1))).expect("journals are short here");
        let kept = match prefix(journal, from) {
            Ok(kept) if is_self_contained(&kept) => kept,
            Ok(_) | Err(PrefixError::Incomplete) => return Ok(()),
            Err(error) => return Err(format!("{id} has {last} entries; from {from}: {error}")),
        };
        self.transcript.push(format!("{} restart {id} from {from}", self.now));
        self.restarting = Some(Restarting { id, kept: kept.clone() });
        let protocol = stored.journal_protocol().unwrap_or(VERSION);
        let restart = Box::new(Restart {
            target: stored.target,
            limit_key: stored.limit_key,
            input,
            journal: kept,
            random_seed: Some(stored.random_seed.unwrap_or_else(|| id.random_seed())),
            deployment: stored.deployment.unwrap_or(DeploymentId::IN_PROCESS),
            protocol,
            on: ResumeOn::Newest,
        });
        let waiter = self.wait(Purpose::Restart);
        self.step(Input::Restart { restart, waiter })
    }

    /// Completed invocations whose journals are kept. Workflows run once.
    fn restartable(&mut self) -> Vec<Candidate> {
        let durable = self.store.memory.invocations().into_iter();
        let candidates = durable.filter(|stored| {
            matches!(stored.phase, Phase::Completed(_)) && stored.target.service != "Signup"
        });
        let mut found = Vec::new();
        for stored in candidates {
            // What is durable may have been removed since.
            let journal = self.store.memory.journal(stored.id, u32::MAX);
            let mut journal = journal.expect("memory can be read").into_iter();
            if let Some(input) = journal.next().filter(|input| !input.is_empty()) {
                found.push(Candidate { stored, input, journal: journal.collect() });
            }
        }
        found
    }
}

#[derive(Clone)]
struct Candidate {
    stored: StoredInvocation,
    input: Bytes,
    journal: Vec<Bytes>,
}

fn frames(journal: &[Bytes]) -> impl Iterator<Item = Frame> {
    let mut decoder = Decoder::default();
    journal.iter().for_each(|part| decoder.push(part.clone()));
    std::iter::from_fn(move || decoder.next_frame().expect("a journal consists of frames"))
}

/// Whether nothing is kept that waits for a signal to the invocation that was restarted.
fn is_self_contained(kept: &[Bytes]) -> bool {
    let (mut completed, mut notified) = (false, false);
    for frame in frames(kept) {
        completed |= frame.ty() == MessageType::CompleteAwakeableCommand;
        if frame.ty() == MessageType::Signal {
            let signal = frame.decode_notification().expect("what is kept can be read").id;
            notified |= signal == Some(NotificationId::SignalId(AWAKEABLE));
        }
    }
    !completed || notified
}

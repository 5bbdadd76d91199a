//! Deployments: how they come and go, and what they see.

use std::collections::BTreeSet;

use bytes::Bytes;
use restate_core::wire::{
    framing::{Decoder, Frame},
    protocol::{MessageType, NotificationId, ProposeRunCompletionAck},
};

use super::{Purpose, World};
use crate::{
    machine::{Input, InternalAction, Start, simulation::attempt::REMOTE},
    model::{deployment::DeploymentId, id::InvocationId},
    store::{Phase, Reads as _, Store as _, Write},
};

/// Something that a deployment was told of an invocation.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Seen {
    /// A notification, as a frame.
    Notification(Bytes),
    /// That the result of a `run` closure is stored.
    Stored(u32),
}

/// The newest version of the service protocol.
const NEWEST: u32 = 7;

impl World {
    /// Deployments change.
    pub(super) fn change_deployments(&mut self) -> Result<(), String> {
        if !self.random.once_in(3) {
            return self.register();
        }
        let known: Vec<_> = self.machine.catalog().deployments().map(|it| it.id).collect();
        if known.is_empty() {
            return Ok(());
        }
        let (id, force) = (*self.random.pick(&known), self.random.once_in(2));
        self.transcript.push(format!("{} remove {id}, force: {force}", self.now));
        let waiter = self.wait(Purpose::Deployment);
        self.step(Input::Undeploy { id, force, waiter })
    }

    /// A deployment is added, or replaced with other code.
    #[cfg(feature = "deployments")]
    pub(super) fn register(&mut self) -> Result<(), String> {
        use crate::{
            machine::{Consent, Registration},
            model::{
                deployment::{Connection, ProtocolMode},
                manifest::ServiceManifest,
            },
        };

        // At the end, one more becomes the newest. It speaks all versions, so that every journal can end there.
        let (address, newest) = match self.at_rest {
            true => (3, NEWEST),
            false => (self.random.below(3), *self.random.pick(&[6, NEWEST])),
        };
        let code = self.random.below(2);
        let manifest = format!(
            r#"{{"name":"{REMOTE}","ty":"SERVICE","documentation":"{code}","handlers":[{{"name":"run"}}]}}"#
        );
        let connection = Connection {
            uri: format!("http://{address}").into(),
            use_http_11: false,
            headers: Vec::new(),
            metadata: Vec::new(),
            mode: *self.random.pick(&[ProtocolMode::BidiStream, ProtocolMode::RequestResponse]),
            min_protocol: 5,
            max_protocol: newest,
            sdk: None,
        };
        let force = self.at_rest || self.random.once_in(2);
        self.transcript.push(format!("{} register {address}, force: {force}", self.now));
        let services = vec![ServiceManifest::stored(&manifest).expect("it is a manifest")];
        let consent = Consent { force, breaking: true };
        let registration = Registration { id: None, connection, services, consent, dry_run: false };
        let waiter = self.wait(Purpose::Deployment);
        self.step(Input::Deploy { registration: Box::new(registration), waiter })
    }

    /// Whether a journal of any version can go on at the newest deployment.
    pub(super) fn newest_speaks_all(&self) -> bool {
        let catalog = self.machine.catalog();
        let newest = catalog.newest(REMOTE).and_then(|it| catalog.deployment(it.deployment));
        newest.is_some_and(|it| it.connection.max_protocol == NEWEST)
    }

    #[cfg(not(feature = "deployments"))]
    #[expect(
        clippy::unused_self,
        clippy::unnecessary_wraps,
        reason = "the other one does something"
    )]
    pub(super) fn register(&mut self) -> Result<(), String> {
        Ok(())
    }

    /// The machine starts an attempt where its invocation is pinned to. The action may be carried out later,
    /// when people have already moved the invocation, and stopped this attempt.
    pub(super) fn check_start(&self, action: &InternalAction) -> Result<(), String> {
        let InternalAction::Start(start) = action else { return Ok(()) };
        let (id, Some(deployment)) = (start.id, start.deployment) else { return Ok(()) };
        match self.invariants.pins.get(&id) {
            Some(pinned) if *pinned == deployment => Ok(()),
            pinned => Err(format!("{id} starts on {deployment}, and is pinned to {pinned:?}")),
        }
    }

    /// An attempt starts where there is room.
    pub(super) fn starts_on(
        &mut self,
        start: &Start,
        deployment: DeploymentId,
    ) -> Result<(), String> {
        let id = start.id;
        let others = self.exchanges.values().filter(|(_, other)| *other == deployment).count();
        if others >= self.settings.deployment_concurrency {
            return Err(format!("{id} is one too many on {deployment}"));
        }
        self.exchanges.insert(start.attempt, (id, deployment));
        Ok(())
    }

    /// An invocation is pinned to the newest revision, unless people have said where it goes on.
    pub(super) fn check_pins(&self, written: &[Write]) -> Result<(), String> {
        let newest = self.machine.catalog().newest(REMOTE).map(|newest| newest.deployment);
        for write in written {
            if let Write::Pin { id, deployment, .. } = write
                && *deployment != DeploymentId::IN_PROCESS
                && newest != Some(*deployment)
                // A deployment that has been replaced may speak another version: that is written anew.
                && self.invariants.pins.get(id) != Some(deployment)
                && !self.invariants.resumed.contains(id)
            {
                return Err(format!(
                    "{id} starts on {deployment}, and the newest one is {newest:?}"
                ));
            }
        }
        Ok(())
    }

    /// Some of the exchanges end whose attempts are over.
    pub(super) fn end_exchanges(&mut self) -> Result<(), String> {
        let over = self.exchanges.iter().filter(|(number, _)| !self.attempts.contains_key(number));
        let over: Vec<_> = over.map(|(number, (id, _))| (*number, *id)).collect();
        for (attempt, id) in over {
            if self.at_rest || self.random.once_in(2) {
                self.exchanges.remove(&attempt);
                self.step(Input::Ended { id, attempt })?;
            }
        }
        Ok(())
    }

    /// A deployment was told this of an invocation.
    pub(super) fn sees(&mut self, id: InvocationId, bytes: &Bytes) {
        let seen = self.seen.entry(id).or_default();
        for frame in frames(bytes) {
            match frame.ty() {
                ty if ty.is_command() => {}
                MessageType::ProposeRunCompletionAck => {
                    let ack: ProposeRunCompletionAck = frame.decode().expect("it is an ack");
                    seen.insert(Seen::Stored(ack.completion_id));
                }
                _ => drop(seen.insert(Seen::Notification(frame.raw().clone()))),
            }
        }
    }

    /// What a deployment was told of an invocation that has not ended is in its journal.
    pub(super) fn check_seen(&mut self) -> Result<(), String> {
        for (id, seen) in &self.seen {
            let stored = self.store.invocation(*id).expect("memory can be read");
            let Some(stored) = stored else {
                match self.durable.is_gone(*id) {
                    true => continue,
                    false => return Err(format!("{id} is lost, and a deployment has seen it")),
                }
            };
            if matches!(stored.phase, Phase::Completed(_)) {
                continue;
            }
            let journal = self.store.memory.journal(*id, stored.parts).expect("memory can be read");
            let journal: BTreeSet<_> =
                journal.iter().skip(1).flat_map(frames).flat_map(|frame| told(&frame)).collect();
            if let Some(lost) = seen.iter().find(|one| !journal.contains(one)) {
                return Err(format!("a deployment has seen {lost:?} of {id}, which is lost"));
            }
        }
        Ok(())
    }
}

/// What an attempt may be told of an entry of its journal.
fn told(frame: &Frame) -> Vec<Seen> {
    let ack = (frame.ty() == MessageType::RunCompletion).then(|| {
        let notification = frame.decode_notification().expect("it is a notification");
        match notification.id {
            Some(NotificationId::CompletionId(completion)) => Seen::Stored(completion),
            other => panic!("{other:?} is the completion of a closure"),
        }
    });
    [Seen::Notification(frame.raw().clone())].into_iter().chain(ack).collect()
}

fn frames(bytes: &Bytes) -> Vec<Frame> {
    let mut decoder = Decoder::default();
    decoder.push(bytes.clone());
    std::iter::from_fn(|| decoder.next_frame().expect("they are frames")).collect()
}

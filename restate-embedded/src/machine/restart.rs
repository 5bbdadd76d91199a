//! How a completed invocation is executed again, as a new one.

use std::sync::Arc;

use bytes::Bytes;

use super::{
    Waiter,
    effects::{AcceptedAs, Reply},
    input::Origin,
    invocation::Status,
    resume::{ResumeOn, other_protocol},
    step::Step,
};
use crate::{
    model::{deployment::DeploymentId, target::Target},
    store::{StoreError, StoredInvocation, Write},
};

/// The first version of the protocol in which the engine sends the seed of the random numbers. Before, it
/// follows from the id, which is another one in the new invocation.
const SEED_IS_SENT: u32 = 6;

/// What a new invocation takes over from a completed one.
#[derive(Debug)]
pub(crate) struct Restart {
    pub(crate) target: Target,
    pub(crate) limit_key: Option<Arc<str>>,
    /// Frame of the input command.
    pub(crate) input: Bytes,
    /// The entries of the journal that are kept, as frames.
    pub(crate) journal: Vec<Bytes>,
    /// The seed of the random numbers that they depend on.
    pub(crate) random_seed: Option<u64>,
    /// Where they were written.
    pub(crate) deployment: DeploymentId,
    /// The version of the service protocol that they are written in.
    pub(crate) protocol: u32,
    /// Where the new invocation runs.
    pub(crate) on: ResumeOn,
}

impl Step<'_> {
    /// Creates an invocation from what is kept of a completed one, and starts it.
    pub(super) fn restart(&mut self, restart: Restart, waiter: Waiter) -> Result<(), StoreError> {
        let deployment = match self.deployment_to_restart_on(&restart) {
            Ok(deployment) => deployment,
            Err(reason) => {
                self.reply(waiter, Reply::Refused(reason));
                return Ok(());
            }
        };
        let Restart { target, limit_key, mut input, journal, random_seed, protocol, .. } = restart;
        self.machine.services.catalog().figures(&target).created.count();
        let id = self.machine.ids.next_id(self.now);
        let origin = Origin::Send(waiter);
        let trace = self.begin_trace(id, origin, &mut input);
        if let Some(trace) = &trace {
            self.trace_sent(id, &target, trace);
        }
        let new = StoredInvocation::new(id, target);
        let stored = StoredInvocation { limit_key, retained: true, trace, random_seed, ..new };
        self.write(Write::Create { invocation: Box::new(stored.clone()), input: input.clone() });
        self.admit(stored, Status::Queued);
        let now = self.now;
        if let Some(invocation) = self.known(id) {
            // An attempt that is given its input does not read the journal.
            invocation.input = journal.is_empty().then_some(input);
            journal.iter().for_each(|frame| invocation.append_command(frame, now));
            invocation.written_in(protocol);
        }
        #[cfg(test)]
        if self.machine.repeats_kept {
            self.carry_out_kept(id, &journal);
        }
        if let Some(deployment) = deployment {
            self.pin(id, deployment);
        }
        self.touch(id);
        self.accept(id, origin, AcceptedAs::Now);
        self.start(id)
    }

    /// The deployment that a new invocation is pinned to; `None` if the first attempt decides.
    fn deployment_to_restart_on(&self, restart: &Restart) -> Result<Option<DeploymentId>, String> {
        let Restart { target, journal, protocol, .. } = restart;
        let catalog = self.machine.services.catalog();
        let deployment = match restart.on {
            ResumeOn::Newest if journal.is_empty() => return Ok(None),
            ResumeOn::Newest => match catalog.newest(&target.service) {
                Some(newest) => newest.deployment,
                None => return Err("no service that is bound or deployed has its handler".into()),
            },
            ResumeOn::Pinned => restart.deployment,
            ResumeOn::Deployment(deployment) => deployment,
        };
        if catalog.kind_on(target, Some(deployment)).is_none() {
            return Err(format!("there is no deployment {deployment} with the handler `{target}`"));
        }
        if journal.is_empty() {
            return Ok(Some(deployment));
        }
        if *protocol < SEED_IS_SENT {
            return Err(format!(
                "its journal is written in version {protocol} of the service protocol; entries are kept from \
                 version {SEED_IS_SENT} on; restart it from its beginning"
            ));
        }
        match catalog.protocols_of(deployment) {
            Some(spoken) if !spoken.contains(protocol) => Err(format!(
                "{}; restart it on one that speaks that version, or from its beginning",
                other_protocol(deployment, &spoken, "the entries are", *protocol)
            )),
            _ => Ok(Some(deployment)),
        }
    }
}

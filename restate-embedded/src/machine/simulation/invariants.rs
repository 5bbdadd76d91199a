use std::collections::{BTreeMap, HashMap, HashSet, VecDeque};

use bytes::Bytes;
use restate_core::wire::{
    framing::Decoder,
    protocol::{MessageType, OutputResult},
};

use super::attempt::{Op, REMOTE, program};
use crate::{
    machine::effects::Start,
    model::{deployment::DeploymentId, id::InvocationId, target::Object},
    store::{NOT_STARTED, Phase, StoredInvocation, TimerKind, Write},
};

/// What must be true of the writes of a machine, in order.
#[derive(Clone, Debug, Default)]
pub(super) struct Invariants {
    /// How long results must be kept, in milliseconds.
    retention: u64,
    /// The queue of each key, in order of arrival.
    lines: BTreeMap<Object, VecDeque<InvocationId>>,
    created: HashSet<InvocationId>,
    counters: HashMap<InvocationId, Object>,
    /// Workers whose program has a command that ends them with a failure.
    doomed: HashSet<InvocationId>,
    releases: HashMap<InvocationId, u64>,
    /// Those that have changed their counter.
    pub(super) added: HashMap<InvocationId, Object>,
    results: HashMap<InvocationId, (OutputResult, u64)>,
    /// The workflows of `run` invocations.
    runs: HashMap<InvocationId, Object>,
    /// Workflows whose promise is completed.
    promised: HashSet<Object>,
    /// Everything that the promise of a workflow was ever completed with: it is removed with the run.
    promises: HashMap<Object, Vec<OutputResult>>,
    removed: HashSet<InvocationId>,
    /// The deployments on which invocations take place.
    pub(super) pins: HashMap<InvocationId, DeploymentId>,
    /// The versions of the service protocol of their attempts.
    protocols: HashMap<InvocationId, u32>,
    /// Those that people have had go on at the newest deployment.
    pub(super) resumed: HashSet<InvocationId>,
    /// Results that people have purged.
    pub(super) purged: HashSet<InvocationId>,
    /// The invocations whose programs restarted ones have.
    origins: HashMap<InvocationId, InvocationId>,
    /// Restarted counters that have changed their counter in what they keep.
    kept: HashSet<InvocationId>,
}

/// An invocation that is restarted, and the entries of its journal that are kept.
#[derive(Debug)]
pub(super) struct Restarting {
    pub(super) id: InvocationId,
    pub(super) kept: Vec<Bytes>,
}

impl Invariants {
    /// The invariants of a machine that keeps results for this many milliseconds.
    pub(super) fn new(retention: u64) -> Self {
        Self { retention, ..Self::default() }
    }

    /// Commands are read in the version of the service protocol that they are written in. The input and
    /// notifications can be read in any.
    pub(super) fn check_protocol(
        &mut self,
        start: &Start,
        journal: &[Bytes],
    ) -> Result<(), String> {
        let Start { id, protocol, .. } = start;
        let mut entries = journal.iter().skip(1).flat_map(types);
        let has_commands = entries.any(MessageType::is_command);
        match self.protocols.insert(*id, *protocol) {
            Some(before) if has_commands && before != *protocol => {
                Err(format!("{id} starts in version {protocol}, and its journal is in {before}"))
            }
            _ => Ok(()),
        }
    }

    /// Checks the writes of one step at `now`.
    pub(super) fn check(&mut self, now: u64, writes: &[Write]) -> Result<(), String> {
        let (mut created, mut commanded) = (0, 0);
        let (mut set, mut set_by) = (Vec::new(), Vec::new());
        for write in writes {
            match write {
                Write::Create { invocation, .. } => {
                    // Clients have idempotency keys here, handlers have none.
                    created += usize::from(invocation.idempotency_key.is_none());
                    self.created(invocation);
                }
                Write::Append { id, frames, .. } => {
                    for ty in types(frames) {
                        match ty {
                            MessageType::CallCommand | MessageType::OneWayCallCommand => {
                                commanded += 1;
                            }
                            MessageType::SetStateCommand => set_by.push(*id),
                            _ => {}
                        }
                    }
                }
                Write::SetState { object, .. } => set.push(object.clone()),
                Write::AddTimer(timer) if timer.kind == TimerKind::Release => {
                    self.releases.insert(timer.id, timer.due);
                }
                Write::Release { id, .. } => {
                    let due = self.releases.remove(id).ok_or(format!("{id} was released twice"))?;
                    if due > now {
                        return Err(format!("{id} was released at {now}, but is due at {due}"));
                    }
                    self.line_up(*id);
                }
                Write::RemoveTimer(timer) if timer.due > now => {
                    let ends = |write: &Write| {
                        matches!(write, Write::Complete { id, .. } | Write::Remove { id, .. }
                            if *id == timer.id)
                    };
                    if !writes.iter().any(ends) {
                        return Err(format!("{timer:?} fired early, at {now}"));
                    }
                }
                Write::Complete { id, result, .. } => {
                    self.ended(*id, matches!(result, OutputResult::Value(_)))?;
                    self.results.insert(*id, (result.clone(), now));
                }
                Write::Remove { id, .. } => {
                    self.ended(*id, false)?;
                    self.removed.insert(*id);
                }
                Write::CompletePromise { promise, result } => {
                    let object = promise.object.clone();
                    if !self.promised.insert(object.clone()) {
                        return Err(format!("the promise of {object:?} was completed twice"));
                    }
                    self.promises.entry(object).or_default().push(result.clone());
                }
                Write::Expire { id } => self.expired(*id, now)?,
                Write::Pin { id, deployment, protocol } if *protocol != NOT_STARTED => {
                    let before = self.pins.insert(*id, *deployment);
                    if before.is_some_and(|it| it != *deployment) && !self.resumed.contains(id) {
                        return Err(format!("{id} has moved from {before:?} to {deployment}"));
                    }
                }
                _ => {}
            }
        }
        if created != commanded {
            return Err(format!("{commanded} commands to call have made {created} invocations"));
        }
        self.added(set, set_by)
    }

    /// Checks the writes of a step that restarts an invocation: it creates one with what is kept, and does
    /// nothing of that again.
    pub(super) fn check_restart(
        &mut self,
        restarting: &Restarting,
        writes: &[Write],
    ) -> Result<(), String> {
        let [Write::Create { invocation, .. }, parts @ ..] = writes else {
            if writes.is_empty() {
                // It was refused.
                return Ok(());
            }
            return Err(format!("{restarting:?} begins with {writes:?}"));
        };
        let id = invocation.id;
        let mut journal = Vec::new();
        for part in parts {
            match part {
                Write::Append { id: of, frames, .. } if *of == id => {
                    journal.extend_from_slice(frames);
                }
                Write::Pin { id: of, deployment, .. } if *of == id => {
                    self.pins.insert(id, *deployment);
                }
                other => return Err(format!("{restarting:?} does {other:?}")),
            }
        }
        if journal != restarting.kept.concat() {
            return Err(format!("{restarting:?} keeps {journal:?}"));
        }
        let origin = self.origin(restarting.id);
        self.origins.insert(id, origin);
        self.created(invocation);
        if types(&journal.into()).contains(&MessageType::SetStateCommand) {
            self.kept.insert(id);
        }
        Ok(())
    }

    /// The invocation whose program this one has.
    pub(super) fn origin(&self, id: InvocationId) -> InvocationId {
        self.origins.get(&id).copied().unwrap_or(id)
    }

    /// The result of an invocation, if it has one.
    pub(super) fn result(&self, id: InvocationId) -> Option<&OutputResult> {
        self.results.get(&id).map(|(result, _)| result)
    }

    /// What the promise of a workflow was completed with, each time it ran.
    pub(super) fn promised(&self, workflow: &Object) -> &[OutputResult] {
        self.promises.get(workflow).map_or(&[], Vec::as_slice)
    }

    /// Whether an invocation was ever created.
    pub(super) fn exists(&self, id: InvocationId) -> bool {
        self.created.contains(&id)
    }

    /// Whether an invocation was removed as it should be.
    pub(super) fn is_gone(&self, id: InvocationId) -> bool {
        self.removed.contains(&id)
    }

    fn created(&mut self, invocation: &StoredInvocation) {
        let (id, target) = (invocation.id, &invocation.target);
        self.created.insert(id);
        if [REMOTE, "Worker"].contains(&&*target.service)
            && program(self.origin(id), target).contains(&Op::SignalNothing)
        {
            self.doomed.insert(invocation.id);
        }
        if (&*target.service, &*target.handler) == ("Signup", "run") {
            self.runs.insert(id, target.object());
        }
        if invocation.target.service == "Counter" {
            self.counters.insert(invocation.id, invocation.target.object());
            if invocation.phase == Phase::Ready {
                self.line_up(invocation.id);
            }
        }
    }

    fn line_up(&mut self, id: InvocationId) {
        if let Some(object) = self.counters.get(&id) {
            self.lines.entry(object.clone()).or_default().push_back(id);
        }
    }

    fn added(&mut self, set: Vec<Object>, set_by: Vec<InvocationId>) -> Result<(), String> {
        if set.len() != set_by.len() {
            return Err(format!("{set_by:?} have set the state of {set:?}"));
        }
        for (object, id) in set.into_iter().zip(set_by) {
            if self.lines.get(&object).and_then(VecDeque::front) != Some(&id) {
                return Err(format!("{id} has set the state of {object:?} without its key"));
            }
            if self.added.insert(id, object).is_some() {
                return Err(format!("{id} has added twice"));
            }
        }
        Ok(())
    }

    fn ended(&mut self, id: InvocationId, succeeded: bool) -> Result<(), String> {
        if self.results.contains_key(&id) || self.removed.contains(&id) {
            return Err(format!("{id} ended twice"));
        }
        if succeeded && self.doomed.contains(&id) {
            return Err(format!("{id} succeeded, although a command of it was refused"));
        }
        let Some(object) = self.counters.get(&id) else { return Ok(()) };
        if succeeded && !self.added.contains_key(&id) && !self.kept.contains(&id) {
            return Err(format!("{id} succeeded and has added nothing"));
        }
        if let Some(line) = self.lines.get_mut(object) {
            // Those that were killed or cancelled before they began end out of turn.
            if self.added.contains_key(&id) && line.front() != Some(&id) {
                return Err(format!("{id} ended before one that arrived earlier under its key"));
            }
            line.retain(|waiting| *waiting != id);
        }
        Ok(())
    }

    fn expired(&mut self, id: InvocationId, now: u64) -> Result<(), String> {
        let Some((_, at)) = self.results.get(&id) else {
            return Err(format!("{id} has expired without a result"));
        };
        if now < at.saturating_add(self.retention) && !self.purged.contains(&id) {
            return Err(format!("the result of {id}, of {at}, has expired early, at {now}"));
        }
        if let Some(workflow) = self.runs.get(&id) {
            self.promised.remove(workflow);
        }
        self.removed.insert(id);
        Ok(())
    }
}

fn types(frames: &Bytes) -> Vec<MessageType> {
    let mut decoder = Decoder::default();
    decoder.push(frames.clone());
    std::iter::from_fn(|| decoder.next_frame().unwrap()).map(|frame| frame.ty()).collect()
}

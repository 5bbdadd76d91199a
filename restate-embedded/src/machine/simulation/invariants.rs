use std::collections::{BTreeMap, HashMap, HashSet, VecDeque};

use crate::{
    id::InvocationId,
    store::{Phase, StoredInvocation, TimerKind, Write},
};

/// What must be true of the writes of a machine, in their order.
#[derive(Clone, Debug, Default)]
pub(super) struct Invariants {
    /// Who is in line for each key, in the order of arrival.
    lines: BTreeMap<String, VecDeque<InvocationId>>,
    keys: HashMap<InvocationId, String>,
    releases: HashMap<InvocationId, u64>,
    over: HashSet<InvocationId>,
}

impl Invariants {
    /// Takes the writes of one step at `now`.
    pub(super) fn check(&mut self, now: u64, writes: &[Write]) -> Result<(), String> {
        for write in writes {
            match write {
                Write::Create { invocation, .. } => self.created(invocation),
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
                Write::Complete { id, .. } | Write::Remove { id, .. } => self.ended(*id)?,
                _ => {}
            }
        }
        Ok(())
    }

    fn created(&mut self, invocation: &StoredInvocation) {
        if invocation.target.service == "Counter" {
            self.keys.insert(invocation.id, invocation.target.key.to_string());
            if invocation.phase == Phase::Ready {
                self.line_up(invocation.id);
            }
        }
    }

    fn line_up(&mut self, id: InvocationId) {
        if let Some(key) = self.keys.get(&id) {
            self.lines.entry(key.clone()).or_default().push_back(id);
        }
    }

    fn ended(&mut self, id: InvocationId) -> Result<(), String> {
        if !self.over.insert(id) {
            return Err(format!("{id} ended twice"));
        }
        if let Some(line) = self.keys.get(&id).and_then(|key| self.lines.get_mut(key))
            && line.pop_front() != Some(id)
        {
            return Err(format!("{id} ended before one that arrived earlier under its key"));
        }
        Ok(())
    }
}

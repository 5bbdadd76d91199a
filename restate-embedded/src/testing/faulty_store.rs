use std::{collections::HashMap, mem, sync::Arc};

use bytes::Bytes;
use restate_core::wire::{
    framing::Frame,
    protocol::{CallCommand, MessageType, NotificationId, OneWayCallCommand, RunCommand},
};

use super::{
    TestHooks,
    fault::{Effect, FaultPoint},
};
use crate::{
    model::{id::InvocationId, target::Target},
    recording::frames,
    store::{Intercept, InterceptedStore, MemoryStore, Reads, Store, StoreError, Write},
};

/// A store in memory that crashes at the faults of a test.
pub(crate) type FaultyStore = InterceptedStore<Faults>;

pub(crate) struct Faults {
    hooks: Arc<TestHooks>,
    commits: u32,
    /// Whether anything was written since the last commit.
    dirty: bool,
    /// The crash at the next commit.
    crash: Option<Effect>,
    crashed: bool,
}

impl FaultyStore {
    pub(crate) fn new(memory: MemoryStore, hooks: Arc<TestHooks>) -> Self {
        let (dirty, crash, crashed) = (false, None, false);
        Self { memory, intercept: Faults { hooks, commits: 0, dirty, crash, crashed } }
    }
}

impl Faults {
    /// The fault points of the frames that are about to be added to a journal.
    fn affected(
        memory: &mut MemoryStore,
        id: InvocationId,
        part: u32,
        added: &Bytes,
    ) -> Result<AffectedSteps, StoreError> {
        let target = memory.invocation(id)?.map(|invocation| invocation.target);
        let known = frames(memory.journal(id, part)?);
        let (old, mut here, mut runs) = (known.len(), Vec::new(), HashMap::new());
        let all = known.into_iter().chain(frames(vec![added.clone()])).enumerate();
        for (index, frame) in all {
            let places = steps(&frame, &mut runs);
            if index >= old {
                here.push(FaultPoint::Entry(index));
                here.extend(places);
            }
        }
        Ok(AffectedSteps { target, here })
    }

    fn look_for_crash(
        &mut self,
        memory: &mut MemoryStore,
        write: &Write,
    ) -> Result<(), StoreError> {
        if let Write::Append { id, part, frames } = write
            && self.crash.is_none()
            && self.hooks.has_crashes()
        {
            let AffectedSteps { target, here } = Self::affected(memory, *id, *part, frames)?;
            self.crash = self.hooks.crash(target.as_ref(), &here);
        }
        Ok(())
    }
}

struct AffectedSteps {
    target: Option<Target>,
    here: Vec<FaultPoint>,
}

/// The fault points of `run` commands, by the completion that stores their result.
type RunCompletions = HashMap<NotificationId, [FaultPoint; 2]>;

/// The fault points of the step that a journal entry starts or completes.
fn steps(frame: &Frame, runs: &mut RunCompletions) -> Vec<FaultPoint> {
    let call =
        |service: String, handler: String| vec![FaultPoint::Call(format!("{service}/{handler}"))];
    match frame.ty() {
        MessageType::RunCommand => {
            if let Ok(RunCommand { result_completion_id, name }) = frame.decode() {
                let run = [FaultPoint::Run(name), FaultPoint::NthRun(runs.len())];
                runs.insert(NotificationId::CompletionId(result_completion_id), run);
            }
            Vec::new()
        }
        MessageType::RunCompletion => {
            let completes = frame.decode_notification().ok().and_then(|it| it.id);
            completes.and_then(|id| runs.get(&id)).map_or_else(Vec::new, |run| run.to_vec())
        }
        MessageType::CallCommand => frame.decode().map_or_else(
            |_| Vec::new(),
            |CallCommand { service_name, handler_name, .. }| call(service_name, handler_name),
        ),
        MessageType::OneWayCallCommand => frame.decode().map_or_else(
            |_| Vec::new(),
            |OneWayCallCommand { service_name, handler_name, .. }| call(service_name, handler_name),
        ),
        _ => Vec::new(),
    }
}

impl Intercept for Faults {
    fn apply(&mut self, memory: &mut MemoryStore, write: Write) -> Result<(), StoreError> {
        self.look_for_crash(memory, &write)?;
        self.dirty = true;
        memory.apply(write)
    }

    fn commit(&mut self, memory: &mut MemoryStore) -> Result<(), StoreError> {
        if !mem::take(&mut self.dirty) {
            return Ok(());
        }
        let commit = FaultPoint::Commit(self.commits);
        self.commits += 1;
        let crash = self.crash.take().or_else(|| self.hooks.crash(None, &[commit]));
        match crash {
            None if !self.crashed => return memory.commit(),
            Some(Effect::CrashAfter) if !self.crashed => memory.commit()?,
            _ => {}
        }
        self.crashed = true;
        Err(StoreError::new("commit", "a fault has crashed it"))
    }
}

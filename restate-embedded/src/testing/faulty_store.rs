use std::{collections::HashMap, mem, sync::Arc};

use bytes::Bytes;
use restate_core::wire::{
    framing::{Decoder, Frame},
    protocol::{CallCommand, MessageType, NotificationId, OneWayCallCommand, RunCommand},
};

use super::{
    TestHooks,
    fault::{Effect, FaultPoint},
};
use crate::{
    model::{
        id::InvocationId,
        rules::Rule,
        target::{Object, Target},
    },
    store::{
        MemoryStore, PromiseName, Reads, Store, StoreError, StoredInvocation, StoredPromise, Timer,
        Write,
    },
};

/// A store in memory that crashes at the faults of a test.
pub(crate) struct FaultyStore {
    memory: MemoryStore,
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
        Self { memory, hooks, commits: 0, dirty: false, crash: None, crashed: false }
    }

    /// The fault points of the frames that are about to be added to a journal.
    fn affected(
        &mut self,
        id: InvocationId,
        part: u32,
        added: &Bytes,
    ) -> Result<AffectedSteps, StoreError> {
        let target = self.memory.invocation(id)?.map(|invocation| invocation.target);
        let known = frames(self.memory.journal(id, part)?);
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

    fn look_for_crash(&mut self, write: &Write) -> Result<(), StoreError> {
        if let Write::Append { id, part, frames } = write
            && self.crash.is_none()
            && self.hooks.has_crashes()
        {
            let AffectedSteps { target, here } = self.affected(*id, *part, frames)?;
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

/// The frames in parts of a journal.
pub(super) fn frames(parts: Vec<Bytes>) -> Vec<Frame> {
    let mut decoder = Decoder::default();
    parts.into_iter().for_each(|part| decoder.push(part));
    std::iter::from_fn(|| decoder.next_frame().ok().flatten()).collect()
}

impl Store for FaultyStore {
    fn commit(&mut self) -> Result<(), StoreError> {
        if !mem::take(&mut self.dirty) {
            return Ok(());
        }
        let commit = FaultPoint::Commit(self.commits);
        self.commits += 1;
        let crash = self.crash.take().or_else(|| self.hooks.crash(None, &[commit]));
        match crash {
            None if !self.crashed => return self.memory.commit(),
            Some(Effect::CrashAfter) if !self.crashed => self.memory.commit()?,
            _ => {}
        }
        self.crashed = true;
        Err(StoreError::new("commit", "a fault has crashed it"))
    }

    fn last_order(&mut self) -> Result<u64, StoreError> {
        self.memory.last_order()
    }

    fn unfinished(&mut self) -> Result<Vec<StoredInvocation>, StoreError> {
        self.memory.unfinished()
    }

    fn journal(&mut self, id: InvocationId, parts: u32) -> Result<Vec<Bytes>, StoreError> {
        self.memory.journal(id, parts)
    }

    fn next_wake(&mut self) -> Result<Option<u64>, StoreError> {
        self.memory.next_wake()
    }

    fn rules(&mut self) -> Result<Vec<Rule>, StoreError> {
        self.memory.rules()
    }
}

impl Reads for FaultyStore {
    fn apply(&mut self, write: Write) -> Result<(), StoreError> {
        self.look_for_crash(&write)?;
        self.dirty = true;
        self.memory.apply(write)
    }

    fn invocation(&mut self, id: InvocationId) -> Result<Option<StoredInvocation>, StoreError> {
        self.memory.invocation(id)
    }

    fn by_idempotency_key(
        &mut self,
        target: &Target,
        key: &str,
    ) -> Result<Option<InvocationId>, StoreError> {
        self.memory.by_idempotency_key(target, key)
    }

    fn state(&mut self, object: &Object) -> Result<Vec<(Bytes, Bytes)>, StoreError> {
        self.memory.state(object)
    }

    fn value(&mut self, object: &Object, name: &[u8]) -> Result<Option<Bytes>, StoreError> {
        self.memory.value(object, name)
    }

    fn promise(&mut self, promise: &PromiseName) -> Result<StoredPromise, StoreError> {
        self.memory.promise(promise)
    }

    fn timers(&mut self, from: u64, until: u64) -> Result<Vec<Timer>, StoreError> {
        self.memory.timers(from, until)
    }
}

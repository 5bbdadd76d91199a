use std::{fmt::Write as _, sync::Arc, time::Duration};

use bytes::{Bytes, BytesMut};
use restate_core::{
    RetryPolicy,
    trace::Span,
    wire::{
        framing::{self, Decoder},
        protocol::{
            End, OutputCommand, OutputResult, ProposeRunCompletion, ProposedRunResult,
            ProtocolMessage, RunCommand, VERSION,
        },
    },
};

use super::services::{COUNTER, SIGNUP, WORKER};
use crate::{
    machine::{
        Effects, Event, ExternalAction, Input, InternalAction, InvocationRef, Invoke, Machine,
        Operation, Origin, Reply, Request, Waiter,
    },
    model::{
        backoff::Backoff,
        catalog::Catalog,
        id::{IdSource, InvocationId},
        settings::Settings,
        target::{Object, Target},
    },
    store::{
        JournalFate, MemoryStore, NOT_STARTED, PromiseName, Reads, Store as _, StoreError,
        StoredInvocation, StoredPromise, Timer, TimerKind, Write,
    },
};

/// A machine on a store in memory. Its invocations are named in order of appearance: `#1`, `#2`, …
pub(super) struct Script {
    pub(super) machine: Machine,
    pub(super) now: u64,
    /// The spans that were shown.
    pub(super) spans: Vec<Span>,
    store: Recorder,
    ids: Vec<InvocationId>,
}

/// A store in memory that records what a step writes and reads.
#[derive(Default)]
struct Recorder {
    memory: MemoryStore,
    log: Vec<Access>,
}

enum Access {
    Write(Write),
    Read(String),
}

impl Recorder {
    fn read(&mut self, what: String) -> &mut MemoryStore {
        self.log.push(Access::Read(what));
        &mut self.memory
    }
}

impl Reads for Recorder {
    fn apply(&mut self, write: Write) -> Result<(), StoreError> {
        self.log.push(Access::Write(write.clone()));
        self.memory.apply(write)
    }

    fn invocation(&mut self, id: InvocationId) -> Result<Option<StoredInvocation>, StoreError> {
        self.read(format!("find {id}")).invocation(id)
    }

    fn by_idempotency_key(
        &mut self,
        target: &Target,
        key: &str,
    ) -> Result<Option<InvocationId>, StoreError> {
        self.read(format!("find {target} by {key:?}")).by_idempotency_key(target, key)
    }

    fn state(
        &mut self,
        object: &Object,
        limit: u64,
    ) -> Result<Option<Vec<(Bytes, Bytes)>>, StoreError> {
        self.read(format!("find state of {}", object.key)).state(object, limit)
    }

    fn state_names(&mut self, object: &Object) -> Result<Vec<(Bytes, u64)>, StoreError> {
        self.read(format!("find names in the state of {}", object.key)).state_names(object)
    }

    fn value(&mut self, object: &Object, name: &[u8]) -> Result<Option<Bytes>, StoreError> {
        self.read(format!("find a value of {}", object.key)).value(object, name)
    }

    fn state_size(&mut self, object: &Object, without: &[u8]) -> Result<u64, StoreError> {
        self.read(format!("find the size of the state of {}", object.key))
            .state_size(object, without)
    }

    fn promise(&mut self, promise: &PromiseName) -> Result<StoredPromise, StoreError> {
        self.read(format!("find promise {}", promise.name)).promise(promise)
    }

    fn timers(&mut self, from: u64, until: u64) -> Result<Vec<Timer>, StoreError> {
        self.read(format!("timers from {from} to {until}")).timers(from, until)
    }

    fn timer_count(&mut self) -> Result<u64, StoreError> {
        // Part of each recovery, and of no other step.
        self.memory.timer_count()
    }
}

impl Script {
    pub(super) fn new() -> Self {
        Self::with_inactivity(Settings::default().inactivity_timeout)
    }

    pub(super) fn with_inactivity(inactivity_timeout: Duration) -> Self {
        Self::with(Settings { inactivity_timeout, ..Settings::default() })
    }

    /// With these settings, and at most three attempts.
    pub(super) fn with(mut settings: Settings) -> Self {
        settings.retries = Backoff::default().with(&RetryPolicy::new().max_attempts(3), None);
        let catalog =
            Catalog::new(vec![Arc::new(WORKER), Arc::new(COUNTER), Arc::new(SIGNUP)]).unwrap();
        let machine = Machine::new(catalog, settings, IdSource::seeded(0, 1));
        let (store, ids) = (Recorder::default(), Vec::new());
        let mut script = Self { machine, now: 1_000_000, spans: Vec::new(), store, ids };
        script.recover(Vec::new()).must_be(&["timers from 0 to 1060000"]);
        script
    }

    /// The machine takes over what an earlier process has stored.
    pub(super) fn recover(&mut self, unfinished: Vec<StoredInvocation>) -> Transcript {
        for stored in &unfinished {
            self.stored(stored.clone());
        }
        let effects = self.machine.recover(self.now, unfinished, &mut self.store);
        self.transcript(effects)
    }

    /// An earlier process has stored an invocation.
    pub(super) fn stored(&mut self, invocation: StoredInvocation) {
        self.ids.push(invocation.id);
        let (invocation, input) = (Box::new(invocation), Bytes::from_static(b"input"));
        self.store.memory.apply(Write::Create { invocation, input }).unwrap();
    }

    /// An earlier process has stored a timer.
    pub(super) fn stored_timer(&mut self, timer: Timer) {
        self.store.memory.apply(Write::AddTimer(timer)).unwrap();
    }

    pub(super) fn step(&mut self, input: Input) -> Transcript {
        let effects = self.machine.step(self.now, input, &mut self.store);
        self.transcript(effects)
    }

    /// A client does something with invocation `#n`.
    pub(super) fn operate(&mut self, n: usize, operation: Operation) -> Transcript {
        let invocation = InvocationRef::Id(self.id(n));
        self.step(Input::Operate { invocation, operation })
    }

    /// A client calls `target`, and waits for the result.
    pub(super) fn call(&mut self, target: Target, waiter: u64) -> Transcript {
        self.step(Input::Invoke(Invoke {
            request: request(target),
            origin: Origin::Call(Waiter(waiter)),
        }))
    }

    /// An attempt of invocation `#n` sends messages.
    pub(super) fn receive(&mut self, n: usize, attempt: u64, messages: Messages) -> Transcript {
        self.step(Input::Received {
            id: self.id(n),
            attempt,
            chunk: messages.0.freeze(),
            response: None,
        })
    }

    pub(super) fn tick(&mut self, millis: u64) -> Transcript {
        self.now += millis;
        self.step(Input::Tick)
    }

    /// What is stored of invocation `#n`.
    pub(super) fn find(&mut self, n: usize) -> StoredInvocation {
        self.store.memory.invocation(self.id(n)).unwrap().unwrap()
    }

    /// The input of invocation `#n`, as it is stored.
    pub(super) fn input(&mut self, n: usize) -> Bytes {
        self.store.memory.journal(self.id(n), 0).unwrap().swap_remove(0)
    }

    /// The id of invocation `#n`.
    pub(super) fn id(&self, n: usize) -> InvocationId {
        self.ids[n - 1]
    }

    fn transcript(&mut self, effects: Result<Effects, StoreError>) -> Transcript {
        let Effects { writes, internal, external, .. } = effects.unwrap();
        for write in writes {
            self.store.apply(write).unwrap();
        }
        self.machine.check_invariants();
        let mut lines = Vec::new();
        for access in std::mem::take(&mut self.store.log) {
            lines.push(match access {
                Access::Write(write) => self.write(&write),
                Access::Read(line) => line,
            });
        }
        for action in internal {
            if let InternalAction::Start(start) = &action {
                // As the driver does, which has read the state by now.
                let object = start.target.object();
                let bytes = self.store.memory.state_size(&object, b"").unwrap();
                self.machine.state_was_sent(start.id, start.attempt, bytes);
            }
            lines.push(Self::internal(&action));
        }
        for action in external {
            if let ExternalAction::Span(span) = &action {
                self.spans.push((**span).clone());
            }
            lines.push(Self::external(action));
        }
        for (n, id) in self.ids.iter().enumerate() {
            let name = format!("#{}", n + 1);
            lines.iter_mut().for_each(|line| *line = line.replace(&id.to_string(), &name));
        }
        Transcript(lines)
    }

    fn write(&mut self, write: &Write) -> String {
        match write {
            Write::Create { invocation, .. } => {
                self.ids.push(invocation.id);
                format!("create {} {}", invocation.id, invocation.target)
            }
            Write::Release { id, .. } => format!("release {id}"),
            Write::Append { id, part, frames: bytes } => {
                format!("append {id}.{part}: {}", frames(bytes))
            }
            Write::Suspend { id, .. } => format!("suspend {id}"),
            Write::Resume { id } => format!("resume {id}"),
            Write::Pause { id, .. } => format!("pause {id}"),
            Write::SetFailure { id, failure: Some(failure) } => {
                format!("{id} failed, attempt {}", failure.attempt)
            }
            Write::SetFailure { id, failure: None } => format!("{id} goes on after a failure"),
            Write::Complete { id, journal: JournalFate::Removed, traces, .. } if traces.journal => {
                format!("complete {id} without its journal")
            }
            Write::Complete { id, .. } => format!("complete {id}"),
            Write::Adopt { id } => format!("adopt {id}"),
            Write::SetTrace { id, trace } => {
                let attempt = if trace.attempt.is_some() { ", in an attempt" } else { "" };
                format!("trace {id}: {} sleeps{attempt}", trace.sleeps.len())
            }
            Write::Retain { id } => format!("retain {id}"),
            Write::Remove { id, traces } if traces.journal => {
                format!("remove {id} and its journal")
            }
            Write::Remove { id, .. } => format!("remove {id}"),
            Write::Expire { id } => format!("expire {id}"),
            Write::Await { id, caller } => format!("{} awaits {id}", caller.id),
            Write::ForgetJournal { id } => format!("forget journal of {id}"),
            Write::AwaitPromise { promise, caller } => {
                format!("{} awaits promise {}", caller.id, promise.name)
            }
            Write::CompletePromise { promise, .. } => format!("complete promise {}", promise.name),
            Write::AddTimer(timer) => {
                format!("add timer {} of {} at {}", kind(timer.kind), timer.id, timer.due)
            }
            Write::RemoveTimer(timer) => {
                format!("remove timer {} of {}", kind(timer.kind), timer.id)
            }
            Write::SetRule(rule) => format!("set rule {} version {}", rule.pattern, rule.version),
            Write::RemoveRule { pattern } => format!("remove rule {pattern}"),
            Write::SetState { object, .. } => format!("set state of {}", object.key),
            Write::ClearState { object, .. } => format!("clear state of {}", object.key),
            Write::Pin { id, deployment, protocol: VERSION } => format!("pin {id} to {deployment}"),
            Write::Pin { id, protocol: NOT_STARTED, .. } => format!("{id} has not started"),
            Write::Pin { id, deployment, protocol } => {
                format!("pin {id} to {deployment} in version {protocol}")
            }
            Write::SetDeployment(deployment) => format!("set deployment {}", deployment.id),
            Write::RemoveDeployment { id } => format!("remove deployment {id}"),
            Write::ClearAllState { object } => format!("clear all state of {}", object.key),
        }
    }

    fn internal(action: &InternalAction) -> String {
        match action {
            InternalAction::Start(start) => {
                let mut line =
                    format!("start {} of {} on {} parts", start.attempt, start.id, start.parts);
                if start.failures > 0 {
                    write!(line, " after {} failures", start.failures).unwrap();
                }
                if start.protocol != VERSION {
                    write!(line, " in version {}", start.protocol).unwrap();
                }
                line
            }
            InternalAction::Deliver { attempt, bytes } => {
                format!("deliver to {attempt}: {}", frames(bytes))
            }
            InternalAction::CloseInput { attempt } => format!("close input of {attempt}"),
            InternalAction::Stop { attempt } => format!("stop {attempt}"),
            InternalAction::Finish { attempt } => format!("finish {attempt}"),
            InternalAction::PublishCatalog => "publish the catalog".to_owned(),
        }
    }

    fn external(action: ExternalAction) -> String {
        match action {
            ExternalAction::Reply { to: Waiter(to), reply } => match reply {
                Reply::Accepted { id, acceptance } => {
                    format!("tell {to} that {id} is accepted: {acceptance:?}")
                }
                Reply::Result { id, result: OutputResult::Value(value), .. } => {
                    format!("tell {to} that {id} returned {:?}", value.content)
                }
                Reply::Result { id, result: OutputResult::Failure(failure), .. } => {
                    format!("tell {to} that {id} failed with {}", failure.code)
                }
                other => format!("tell {to} {other:?}"),
            },
            ExternalAction::Report { id, event, .. } => match event {
                Event::Unbound { .. } => format!("report {id} unbound"),
                Event::Deadlock { .. } => format!("report {id} in a deadlock"),
                Event::Retrying { delay, .. } => format!("report {id} retrying in {delay}"),
                Event::Paused { .. } | Event::PausedByHand => format!("report {id} paused"),
                Event::Exhausted { .. } => format!("report {id} exhausted"),
            },
            ExternalAction::Begin { attempt } => format!("let {attempt} begin"),
            ExternalAction::Deliver { attempt, bytes } => {
                format!("send to {attempt}: {}", frames(&bytes))
            }
            ExternalAction::CloseInput { attempt } => format!("end the request of {attempt}"),
            ExternalAction::Span(span) => {
                let error = span.error.as_deref().unwrap_or("ok");
                let (step, length) = (span.step, span.end - span.start);
                let name = Some(span.name).filter(|name| !name.is_empty());
                let name = name.map_or_else(String::new, |name| format!(" `{name}`"));
                format!("{step}{name} {} of {length} ms: {error}", span.invocation)
            }
            ExternalAction::ConfirmDurable { .. } => unreachable!("only the driver does that"),
        }
    }
}

/// What a step wrote, read and did, one line each.
#[derive(Debug)]
#[must_use]
pub(super) struct Transcript(Vec<String>);

impl Transcript {
    pub(super) fn lines(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(String::as_str)
    }

    pub(super) fn line(&self, index: usize) -> &str {
        &self.0[index]
    }

    #[track_caller]
    pub(super) fn must_be(&self, lines: &[&str]) {
        assert_eq!(self.0, lines);
    }
}

/// Messages of an attempt.
#[derive(Default)]
pub(super) struct Messages(BytesMut);

impl Messages {
    pub(super) fn new() -> Self {
        Self::default()
    }

    pub(super) fn and<M: ProtocolMessage>(mut self, message: &M) -> Self {
        framing::encode(message, &mut self.0);
        self
    }

    pub(super) fn into_bytes(self) -> Bytes {
        self.0.freeze()
    }

    /// A `run` and its result, which asks for an acknowledgement.
    pub(super) fn run(self, completion: u32) -> Self {
        let run = RunCommand { result_completion_id: completion, name: String::new() };
        let mut messages = self.and(&run);
        let result = Some(ProposedRunResult::Value(Bytes::from_static(b"ran")));
        let proposal = ProposeRunCompletion { result_completion_id: completion, result };
        framing::encode_requesting_ack(&proposal, &mut messages.0);
        messages
    }

    /// The end of an invocation that returns `value`.
    pub(super) fn output(self, value: &'static str) -> Self {
        let result = Some(OutputResult::Value(Bytes::from(value).into()));
        self.and(&OutputCommand { result, name: String::new() }).and(&End {})
    }
}

pub(super) fn request(target: Target) -> Request {
    Request {
        target,
        idempotency_key: None,
        limit_key: None,
        input: Bytes::from_static(b"input"),
        due: 0,
    }
}

pub(super) fn worker() -> Target {
    Target::new("Worker", "run", "")
}

pub(super) fn counter(key: &str, handler: &'static str) -> Target {
    Target::new("Counter", handler, key)
}

fn kind(kind: TimerKind) -> String {
    format!("{kind:?}").to_lowercase()
}

fn frames(bytes: &Bytes) -> String {
    let mut decoder = Decoder::default();
    decoder.push(bytes.clone());
    let mut names = Vec::new();
    while let Some(frame) = decoder.next_frame().unwrap() {
        names.push(frame.ty().to_string());
    }
    names.join(", ")
}

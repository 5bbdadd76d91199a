use std::sync::Arc;

use bytes::Bytes;
use restate_core::{
    Encoding,
    wire::protocol::{OutputResult, VERSION},
};

use crate::model::{
    deployment::{Deployment, DeploymentId},
    id::InvocationId,
    rules::{Pattern, Rule},
    target::{Object, Target},
    trace::Trace,
};

/// One change of what is stored.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Write {
    /// A new invocation, with the frame of its input.
    Create {
        /// The invocation; its journal is empty.
        invocation: Box<StoredInvocation>,
        /// Journal entry 0.
        input: Bytes,
    },
    /// A scheduled invocation is due: it becomes ready, and arrives behind all others.
    Release {
        /// Which.
        id: InvocationId,
        /// Its position in the queue of its key.
        arrived: u64,
    },
    /// Frames are added at the end of a journal.
    Append {
        /// Whose.
        id: InvocationId,
        /// Number of this part: 0, 1, 2, … for each invocation.
        part: u32,
        /// Whole frames.
        frames: Bytes,
    },
    /// A ready invocation is suspended.
    Suspend {
        /// Which.
        id: InvocationId,
        /// The body of the protocol's `Suspension`.
        awaiting: Bytes,
    },
    /// A suspended or paused invocation is ready.
    Resume {
        /// Which.
        id: InvocationId,
    },
    /// An invocation is paused: kept, but not tried again.
    Pause {
        /// Which.
        id: InvocationId,
        /// Why.
        error: String,
    },
    /// An attempt of an invocation has failed, or its journal has grown since then.
    SetFailure {
        /// Which.
        id: InvocationId,
        /// Why its last attempt failed; `None` once the journal has grown.
        failure: Option<Box<StoredFailure>>,
    },
    /// An invocation ends with a result that is retained.
    Complete {
        /// Which.
        id: InvocationId,
        /// Its result.
        result: OutputResult,
        /// The encoding of a value, if it is known.
        encoding: Option<Encoding>,
        /// When it ended, in milliseconds since the Unix epoch.
        at: u64,
        /// Whether its journal is kept.
        journal: JournalFate,
        /// Which rows it has in other tables.
        traces: Traces,
    },
    /// An invocation becomes the one run of its workflow, and its result will be retained.
    Adopt {
        /// Which.
        id: InvocationId,
    },
    /// The result of an invocation will be retained, because its client may ask for it later.
    Retain {
        /// Whose.
        id: InvocationId,
    },
    /// An invocation ends, and nothing of it is retained.
    Remove {
        /// Which.
        id: InvocationId,
        /// Which rows it has in other tables.
        traces: Traces,
    },
    /// A retained result is removed; with that of a workflow, its state and its promises.
    Expire {
        /// Whose.
        id: InvocationId,
    },
    /// The journal that was kept of a completed invocation is removed.
    ForgetJournal {
        /// Whose.
        id: InvocationId,
    },
    /// Another invocation waits for the result of `id`.
    Await {
        /// Whose result.
        id: InvocationId,
        /// Who waits.
        caller: Caller,
    },
    /// An invocation waits for a promise.
    AwaitPromise {
        /// Which promise.
        promise: PromiseName,
        /// Who waits.
        caller: Caller,
    },
    /// A promise is completed. Nobody waits for it any more.
    CompletePromise {
        /// Which promise.
        promise: PromiseName,
        /// With what.
        result: OutputResult,
    },
    /// A timer is set.
    AddTimer(Timer),
    /// A timer has fired, or is not needed any more.
    RemoveTimer(Timer),
    /// A name in an object's state gets a value.
    SetState {
        /// Whose state.
        object: Object,
        /// UTF-8.
        name: Bytes,
        /// The value.
        value: Bytes,
    },
    /// A name in an object's state loses its value.
    ClearState {
        /// Whose state.
        object: Object,
        /// UTF-8.
        name: Bytes,
    },
    /// All attempts of an invocation take place on this deployment from now on, in this version of the
    /// service protocol.
    Pin {
        /// Which invocation.
        id: InvocationId,
        /// Which deployment. The services in this process are not stored, as a journal without a deployment
        /// is theirs.
        deployment: DeploymentId,
        /// Which version.
        protocol: u32,
    },
    /// Something of the trace of an invocation has begun or ended.
    SetTrace {
        /// Whose.
        id: InvocationId,
        /// What has begun and not ended.
        trace: Box<Trace>,
    },
    /// A deployment behind a URL is added, or replaces the one with its id.
    #[cfg_attr(
        not(any(feature = "deployments", test)),
        expect(dead_code, reason = "only a program with the client registers deployments")
    )]
    SetDeployment(Box<Deployment>),
    /// A deployment is removed. Invocations may still be pinned to it.
    RemoveDeployment {
        /// Which.
        id: DeploymentId,
    },
    /// A rule of limits is added, or replaces the one with its pattern.
    SetRule(Box<Rule>),
    /// The rule with this pattern is removed.
    RemoveRule {
        /// The pattern.
        pattern: Pattern,
    },
    /// An object loses all of its state.
    ClearAllState {
        /// Whose state.
        object: Object,
    },
}

/// What happens to the journal of an invocation that ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum JournalFate {
    /// It is kept, for people to look at.
    Kept,
    /// It is removed.
    Removed,
}

/// Which rows an invocation has in other tables. The machine knows, so that the store need not look
/// for rows to remove.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Traces {
    /// Parts of a journal.
    pub journal: bool,
    /// Invocations that wait for its result.
    pub awaiters: bool,
}

/// An invocation as it is stored, without its journal.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct StoredInvocation {
    /// Its id.
    pub id: InvocationId,
    /// What it runs.
    pub target: Target,
    /// The key under which a second call finds it. The `run` of a workflow has the empty one: it is
    /// called once for the key of the workflow.
    pub idempotency_key: Option<Arc<str>>,
    /// What it counts against in the scope of its target.
    pub limit_key: Option<Arc<str>>,
    /// The call entry that created it and waits for its result, if there was one.
    pub caller: Option<Caller>,
    /// Whether its result is kept for those who may ask later.
    pub retained: bool,
    /// The deployment behind a URL on which it has started; `None` if it has not, or if it has started in
    /// this process.
    pub deployment: Option<DeploymentId>,
    /// The version of the service protocol that its journal is written in. If it has a journal, `None` means
    /// that of attempts in this process, and [`NOT_STARTED`] that no attempt has written it.
    pub protocol: Option<u32>,
    /// The trace that it belongs to, if that is recorded.
    pub trace: Option<Box<Trace>>,
    /// The seed of its random numbers, unless that is the one of its id.
    pub random_seed: Option<u64>,
    /// Its position in the queue of its key.
    pub arrived: u64,
    /// Its phase.
    pub phase: Phase,
    /// Why its last attempt failed, unless the journal has grown since.
    pub failure: Option<Box<StoredFailure>>,
    /// The encoding of its result, if it has one and the encoding is known.
    pub encoding: Option<Encoding>,
    /// How many parts its journal has.
    pub parts: u32,
    /// How many bytes they have.
    pub journal_bytes: u64,
    /// Entries that wait for its result, other than `caller`.
    pub awaiters: Vec<Caller>,
}

/// In place of a version of the service protocol: a journal that holds only notifications, such as signals,
/// which have come before the invocation has started. They can be read in any version.
pub(crate) const NOT_STARTED: u32 = 0;

impl StoredInvocation {
    /// The version of the service protocol that its journal is written in, if it has one.
    pub(crate) fn journal_protocol(&self) -> Option<u32> {
        Some(self.protocol.unwrap_or(VERSION)).filter(|it| *it != NOT_STARTED)
    }

    /// An invocation that is ready, and whose result nobody waits for.
    pub(crate) fn new(id: InvocationId, target: Target) -> Self {
        Self {
            id,
            target,
            idempotency_key: None,
            limit_key: None,
            caller: None,
            retained: false,
            deployment: None,
            protocol: None,
            trace: None,
            random_seed: None,
            arrived: id.order(),
            phase: Phase::Ready,
            failure: None,
            encoding: None,
            parts: 0,
            journal_bytes: 0,
            awaiters: Vec::new(),
        }
    }
}

/// Why an attempt failed, for people and for the retry policy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct StoredFailure {
    /// The error with its causes.
    pub error: String,
    /// The command of the journal that failed.
    pub step: Option<String>,
    /// How many attempts have failed since the journal last grew.
    pub attempt: u32,
}

/// The phase of an invocation, as far as a restart needs to know it.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Phase {
    /// It starts when its timer fires.
    Scheduled,
    /// It runs, backs off, or waits for its key or its limits.
    Ready,
    /// It waits for the notifications that the `Suspension` with this body names.
    Suspended(Bytes),
    /// It waits to be resumed by hand.
    Paused,
    /// It has its result.
    Completed(OutputResult),
}

/// A journal entry that waits for a result.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct Caller {
    /// The invocation that waits.
    pub id: InvocationId,
    /// The completion id under which its entry expects the result.
    pub completion: u32,
    /// The kind of that entry.
    pub entry: AwaitingEntry,
}

/// The kinds of entries that wait for the result of another invocation, or for a promise.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) enum AwaitingEntry {
    /// It called the invocation.
    Call,
    /// It attached to it.
    Attach,
    /// It waits for a promise.
    Promise,
}

/// A promise: the workflow that it belongs to, and its name there.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct PromiseName {
    /// The workflow.
    pub object: Object,
    /// The name.
    pub name: String,
}

/// The state of a promise.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct StoredPromise {
    /// What it was completed with, if it was.
    pub result: Option<OutputResult>,
    /// Who waits for it.
    pub awaiters: Vec<Caller>,
}

/// Something that happens at a point in time. Timers are ordered by that.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct Timer {
    /// Milliseconds since the Unix epoch.
    pub due: u64,
    /// The invocation that it concerns.
    pub id: InvocationId,
    /// What happens.
    pub kind: TimerKind,
}

/// What happens when a [`Timer`] is due.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) enum TimerKind {
    /// A scheduled invocation is released.
    Release,
    /// The sleep with this completion id ends.
    Sleep(u32),
    /// A retained result is removed.
    Expire,
    /// A retained journal is removed.
    ForgetJournal,
}

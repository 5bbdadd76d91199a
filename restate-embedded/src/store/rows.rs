use std::sync::Arc;

use bytes::Bytes;
use restate_core::wire::protocol::OutputResult;

use crate::model::{
    id::InvocationId,
    rules::{Pattern, Rule},
    target::{Object, Target},
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
    /// A scheduled invocation is due: it becomes ready, behind everything that arrived before.
    Release {
        /// Which.
        id: InvocationId,
        /// Its place among those that wait for the same key.
        arrived: u64,
    },
    /// Frames at the end of a journal.
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
    /// An invocation is kept, but not tried again.
    Pause {
        /// Which.
        id: InvocationId,
        /// Why.
        error: String,
    },
    /// An invocation has its result, which is retained.
    Complete {
        /// Which.
        id: InvocationId,
        /// What it returned.
        result: OutputResult,
        /// When, in milliseconds since the Unix epoch.
        at: u64,
        /// What becomes of its journal.
        journal: JournalFate,
        /// Which rows it has beside its own.
        traces: Traces,
    },
    /// An invocation is the one run of its workflow, and its result is to be retained.
    Adopt {
        /// Which.
        id: InvocationId,
    },
    /// An invocation goes without a trace.
    Remove {
        /// Which.
        id: InvocationId,
        /// What there is to remove beside its row.
        traces: Traces,
    },
    /// A retained result goes; that of a workflow takes state and promises along.
    Expire {
        /// Whose.
        id: InvocationId,
    },
    /// The journal that was kept of a completed invocation goes.
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
    /// A promise is completed; nobody waits for it any more.
    CompletePromise {
        /// Which promise.
        promise: PromiseName,
        /// With what.
        result: OutputResult,
    },
    /// Something is to happen at a point in time.
    AddTimer(Timer),
    /// It happened, or must not any more.
    RemoveTimer(Timer),
    /// A key of an object's state has this value now.
    SetState {
        /// Whose state.
        object: Object,
        /// UTF-8.
        name: Bytes,
        /// The value.
        value: Bytes,
    },
    /// A key of an object's state has no value any more.
    ClearState {
        /// Whose state.
        object: Object,
        /// UTF-8.
        name: Bytes,
    },
    /// There is this rule of limits now, in place of any with its pattern.
    SetRule(Box<Rule>),
    /// There is no rule with this pattern any more.
    RemoveRule {
        /// The pattern.
        pattern: Pattern,
    },
    /// An object has no state any more.
    ClearAllState {
        /// Whose state.
        object: Object,
    },
}

/// What becomes of the journal of an invocation that is over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum JournalFate {
    /// It stays, for people to look at.
    Kept,
    /// It goes.
    Removed,
}

/// Which rows an invocation has beside its own, so that nobody has to look for them.
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
    /// Its name.
    pub id: InvocationId,
    /// What it runs.
    pub target: Target,
    /// What it was called with, so that a second call finds it. The `run` of a workflow is called
    /// once for its key, and so has the empty one.
    pub idempotency_key: Option<Arc<str>>,
    /// What it counts against in its scope, which is part of the target.
    pub limit_key: Option<Arc<str>>,
    /// The call that waits for its result, if it was made by one.
    pub caller: Option<Caller>,
    /// Whether its result is kept for those who may ask later.
    pub retained: bool,
    /// Its place among those that wait for the same key.
    pub arrived: u64,
    /// How far it is.
    pub phase: Phase,
    /// Parts of its journal.
    pub parts: u32,
    /// Calls that wait for its result beside `caller`.
    pub awaiters: Vec<Caller>,
}

impl StoredInvocation {
    /// An invocation that can start, and whose result nobody waits for.
    pub(crate) fn new(id: InvocationId, target: Target) -> Self {
        Self {
            id,
            target,
            idempotency_key: None,
            limit_key: None,
            caller: None,
            retained: false,
            arrived: id.order(),
            phase: Phase::Ready,
            parts: 0,
            awaiters: Vec::new(),
        }
    }
}

/// How far an invocation is.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Phase {
    /// It starts when its timer fires.
    Scheduled,
    /// It runs, is to be tried again, or waits for its key.
    Ready,
    /// It waits for the notifications that the `Suspension` with this body names.
    Suspended(Bytes),
    /// It waits until somebody resumes it.
    Paused,
    /// It has its result.
    Completed(OutputResult),
}

/// An entry in the journal of an invocation, that a result is to be delivered to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct Caller {
    /// The invocation that waits.
    pub id: InvocationId,
    /// The completion id that its entry gave to the result.
    pub completion: u32,
    /// What that entry is.
    pub entry: AwaitingEntry,
}

/// The entries that wait for the result of another invocation, or for a promise.
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

/// How a promise stands.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct StoredPromise {
    /// What it was completed with.
    pub result: Option<OutputResult>,
    /// Who waits for it.
    pub awaiters: Vec<Caller>,
}

/// Something that happens at a point in time; ordered by it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct Timer {
    /// Milliseconds since the Unix epoch.
    pub due: u64,
    /// Whom it concerns.
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
